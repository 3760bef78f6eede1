"""The protocol applied to a series: tasks, marks, outcomes, the day, reminders."""
