"""Common parts of the distillation methods: settings, the student and its teacher, continuations of prompts."""
