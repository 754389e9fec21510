# cmake -D OUTPUT=<path without suffix> -D "FILES=a.sql;b.sql" -P embed.cmake
# Writes OUTPUT.c and OUTPUT.h with one NUL-terminated string per file, named embedded_<name>_<suffix>.
get_filename_component(stem "${OUTPUT}" NAME)
set(declarations "")
set(definitions "#include \"${stem}.h\"\n")
foreach(path IN LISTS FILES)
    get_filename_component(file "${path}" NAME)
    string(MAKE_C_IDENTIFIER "embedded_${file}" symbol)
    file(READ "${path}" body)
    string(REPLACE "\\" "\\\\" body "${body}")
    string(REPLACE "\"" "\\\"" body "${body}")
    string(REPLACE "?" "\\?" body "${body}") # No trigraphs.
    string(REPLACE "\r" "" body "${body}")
    string(REPLACE "\n" "\\n\"\n    \"" body "${body}")
    string(APPEND declarations "extern const char ${symbol}[];\n")
    string(APPEND definitions "\n/* ${file} */\nconst char ${symbol}[] =\n    \"${body}\";\n")
endforeach()
file(WRITE "${OUTPUT}.h" "${declarations}")
file(WRITE "${OUTPUT}.c" "${definitions}")
