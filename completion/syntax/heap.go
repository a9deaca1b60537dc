package syntax

// A file with C in it has the .c files of the folder compiled.
import "C"
