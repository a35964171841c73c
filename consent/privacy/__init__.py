"""Erasure, restriction, retention and requests of data subjects."""
