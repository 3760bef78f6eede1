"""What Luna's speed and size claims run. `python -m bench` measures them all; never a timed test."""
