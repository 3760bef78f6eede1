"""Pages of care plans: people's own plan and steps, and the clinic's page of a series."""
