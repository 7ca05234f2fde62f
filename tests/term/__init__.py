"""A whole term of the sample course, played through the real commands; its gradebook is checked against a table that is
worked out here, from the script's own record, and without any of the bot's code."""
