"""What the distillation methods share: settings, the student and its teacher, continuations of prompts."""
