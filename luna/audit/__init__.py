"""Who saw or did what, when. Append-only and chained; never read by the rules."""
