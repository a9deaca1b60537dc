// forRuntime returns a grammar's table as the runtime reads it: the table
// itself where it is of ABI 13 or 14, a table of ABI 14 with the same content
// where it is of ABI 15, and NULL for any other or without memory. The result
// is as long-lived as the program.
const void *for_runtime(const void *table);
