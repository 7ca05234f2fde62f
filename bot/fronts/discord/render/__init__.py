"""Results of services as Discord embeds. One module a feature; nothing here decides anything."""
