"""Evaluate violence reduction programmes."""
