"""One counter a clinic: something changed. Wakes the tick and the live pages."""
