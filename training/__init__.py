"""Trains, exports and evaluates the GRU models that lundong serves. See README.md beside this file."""
