@kubectl-otomi __complete %*
