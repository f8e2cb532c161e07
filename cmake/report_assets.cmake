# The page of `iomodels report`: results/report/page.html with style, Chart.js and scripts put
# into it, cut in two where its data come -> report_assets.c.

set(page_folder ${CMAKE_CURRENT_SOURCE_DIR}/report)
set(page_scripts
    dom data marks dots curves heat rows belief winners latency why forest launches changed comparison main)

macro(page_read variable path)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
    file(READ ${path} ${variable})
endmacro()

# A C array's elements.
function(page_bytes variable text)
    string(HEX "${text}" hex)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
    set(${variable} "${bytes}" PARENT_SCOPE)
endfunction()

set(page_script "")
foreach(name ${page_scripts})
    page_read(text ${page_folder}/${name}.js)
    string(APPEND page_script "${text}")
endforeach()
set(page_library "")
if(HAVE_chartjs)
    page_read(page_library ${FILE_chartjs})
endif()
page_read(page_style ${page_folder}/style.css)
page_read(page ${page_folder}/page.html)
string(REPLACE "{{style}}" "${page_style}" page "${page}")
string(REPLACE "{{library}}" "${page_library}" page "${page}")
string(REPLACE "{{script}}" "${page_script}" page "${page}")

string(FIND "${page}" "{{data}}" page_cut)
string(SUBSTRING "${page}" 0 ${page_cut} page_head)
math(EXPR page_cut "${page_cut} + 8")
string(SUBSTRING "${page}" ${page_cut} -1 page_tail)
page_bytes(page_head_bytes "${page_head}")
page_bytes(page_tail_bytes "${page_tail}")

# The scripts of gnuplot, each behind common.gp.
set(plot_scripts "")
page_read(plot_common ${page_folder}/plots/common.gp)
foreach(name ranks percentiles load connections)
    page_read(text ${page_folder}/plots/${name}.gp)
    page_bytes(bytes "${plot_common}${text}")
    string(APPEND plot_scripts
        "static const unsigned char ${name}_text[] = {${bytes}};\n"
        "const struct report_script report_script_${name} = {${name}_text, sizeof(${name}_text)};\n")
endforeach()
configure_file(report/assets.c.in report_assets.c @ONLY)
