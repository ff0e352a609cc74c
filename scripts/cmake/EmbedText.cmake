# cmake -D INPUT=<file> -D OUTPUT=<.cpp> -D HEADER=<header> -D NAME=<constant> -P EmbedText.cmake
# Writes a .cpp that defines the constant, declared in the header, as the file's text.

file(READ "${INPUT}" text)
get_filename_component(file_name "${INPUT}" NAME)
string(CONCAT source
  "// Made from ${file_name} at build time.\n"
  "#include \"${HEADER}\"\n\n"
  "namespace tidemark {\n"
  "const std::string_view ${NAME} = R\"---(${text})---\";\n"
  "}  // namespace tidemark\n")
file(WRITE "${OUTPUT}" "${source}")
