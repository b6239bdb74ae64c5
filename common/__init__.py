"""What several rooms use and no room owns: errors for people, paths, child processes, threads."""
