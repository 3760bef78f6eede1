"""Messages out: one ledger row a reason, one attempt a channel."""
