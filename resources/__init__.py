"""Files that ship with the program: the sample model and corpus, pipelines, icons, help (see `engine.resources`)."""
