"""Who is signed in at a site: the keys that verify tokens, and the accounts that tokens refer to."""
