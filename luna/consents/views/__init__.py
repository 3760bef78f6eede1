"""Pages of consents: the patient's own, the clinic's, and the texts a clinic signs."""
