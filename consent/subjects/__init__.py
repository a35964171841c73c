"""Who is signed in at a site: the keys by which tokens are read, and the accounts to which they lead."""
