"""What a site has beyond the catalog: own tags with their code, cookies, vendors and rules."""
