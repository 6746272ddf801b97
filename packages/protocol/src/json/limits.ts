/** Containers nested deeper are refused, when writing and when reading: Python could not read them either. */
export const MAX_DEPTH = 800

/** Python refuses to read longer integers (sys.set_int_max_str_digits). */
export const MAX_DIGITS = 4300
