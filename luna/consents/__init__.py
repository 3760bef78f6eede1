"""What a patient agrees to: texts a clinic signed, signatures on Luna or on paper, and taking them back."""
