"""Pages of protocols, series and infusions, for the clinic's staff."""
