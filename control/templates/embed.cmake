# Writes a source with the templates as they are. cmake -DOUTPUT=FILE -DINPUTS=FILE|FILE... -P embed.cmake
string(REPLACE "|" ";" INPUTS "${INPUTS}")
set(ENTRIES "")
foreach(FILE ${INPUTS})
  get_filename_component(NAME ${FILE} NAME_WE)
  file(READ ${FILE} TEXT)
  string(APPEND ENTRIES "    {\"${NAME}\", R\"glacis(${TEXT})glacis\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"control/templates/model_templates.h\"

namespace glacis::control {
namespace {

constexpr ModelTemplate kTemplates[] = {
${ENTRIES}};

}  // namespace

std::span<const ModelTemplate> model_templates() { return kTemplates; }

}  // namespace glacis::control
")
