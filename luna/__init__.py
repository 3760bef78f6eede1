"""Luna: guidance around ketamine infusions, for patients, their caretakers and their clinic."""
