"""The optional model behind recaps: any OpenAI-compatible address."""
