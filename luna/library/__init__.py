"""Content as data: protocols, questionnaires, triage rules and guides, in signed versions."""
