"""Roles that other accounts and people assume, and the permissions boundary of all roles."""
