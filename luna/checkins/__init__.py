"""The recovery watch at home: check-ins, their scores and what they ask for."""
