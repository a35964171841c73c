"""Sign-in, sessions, second factor, single sign-on."""
