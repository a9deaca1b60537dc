package syntax

// A file that imports C has the .c files of the folder compiled.

import "C"
