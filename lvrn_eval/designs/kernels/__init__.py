"""The arithmetic: NumPy arrays in and out; no frames, no messages, no drawing, and no loop over people."""
