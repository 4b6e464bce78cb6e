"""The arithmetic of paired counts: NumPy arrays in and out, one entry a cell; no frames, and no loop over people."""
