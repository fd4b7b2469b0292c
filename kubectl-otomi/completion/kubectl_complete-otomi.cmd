@kubectl otomi __complete %*
