"""Episodes of care, series, orders, bookings and infusions."""
