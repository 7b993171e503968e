"""Publishing: an export goes to a repository of the hub. Nothing is computed or written here; the card and the lines
that open the model in other programs are the export's own."""
