"""Who may do what from outside: deployer, previewer, producer, and the boundary of all roles."""
