"""Users, clinics, roles, patients, care circles, consents, tokens; who may see what of whom."""
