"""What people answer: responses, drafts and the one question-page engine."""
