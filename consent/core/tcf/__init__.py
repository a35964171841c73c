"""The choice of the Transparency and Consent Framework 2.3: strings, sets of ids, and their meaning for a tag."""
