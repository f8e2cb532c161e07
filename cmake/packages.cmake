# The libraries of docs/ARCHITECTURE.md: required ones stop the configuration, optional ones
# (models) become `unavailable` with a reason, those of the tests leave tests out. Each is an
# imported target pkg::NAME, and a line of LIBRARY_LIST (build_info.h) for `--version`.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

set(LIBRARY_LIST "")
set(MISSING_REQUIRED "")

# The version that a header without a .pc file states in these macros, joined by points.
function(header_version ret directory header)
    set(numbers "")
    foreach(name ${ARGN})
        set(regex "^#define[ \t]+${name}[ \t]+([0-9]+).*$")
        file(STRINGS ${directory}/${header} line REGEX "${regex}" LIMIT_COUNT 1)
        string(REGEX REPLACE "${regex}" "\\1" number "${line}")
        list(APPEND numbers "${number}")
    endforeach()
    list(JOIN numbers "." version)
    set(${ret} "${version}" PARENT_SCOPE)
endfunction()

# package(NAME debian-package [OPTIONAL|TESTS] [PC name]
#         [HEADER h LIBRARY l VERSION_MACROS m..])
macro(package name debian)
    cmake_parse_arguments(P "OPTIONAL;TESTS" "PC;HEADER;LIBRARY" "VERSION_MACROS" ${ARGN})
    set(HAVE_${name} 0)
    set(VERSION_${name} "")
    if(P_OPTIONAL AND NOT OPTIONAL_PACKAGES)
        set(reason_${name} "left out by OPTIONAL_PACKAGES=OFF")
    elseif(P_PC)
        pkg_check_modules(${name} QUIET IMPORTED_TARGET ${P_PC})
        if(${name}_FOUND)
            set(HAVE_${name} 1)
            set(VERSION_${name} "${${name}_VERSION}")
            add_library(pkg::${name} ALIAS PkgConfig::${name})
        endif()
    else()
        find_library(LIB_${name} ${P_LIBRARY})
        find_path(INC_${name} ${P_HEADER})
        if(LIB_${name} AND INC_${name})
            set(HAVE_${name} 1)
            header_version(VERSION_${name} ${INC_${name}} ${P_HEADER} ${P_VERSION_MACROS})
            add_library(pkg::${name} UNKNOWN IMPORTED)
            set_target_properties(pkg::${name} PROPERTIES IMPORTED_LOCATION "${LIB_${name}}"
                INTERFACE_INCLUDE_DIRECTORIES "${INC_${name}}")
        endif()
    endif()
    if(NOT HAVE_${name})
        if(NOT P_OPTIONAL AND NOT P_TESTS)
            list(APPEND MISSING_REQUIRED ${debian})
        endif()
        if(NOT reason_${name})
            set(reason_${name} "not found (Debian package ${debian})")
        endif()
    endif()
    string(APPEND LIBRARY_LIST
        "\tLIBRARY(${name}, ${HAVE_${name}}, \"${VERSION_${name}}\", \"${reason_${name}}\") \\\n")
endmacro()

package(jansson libjansson-dev PC jansson)
package(inih libinih-dev PC inih)
package(zlib zlib1g-dev PC zlib)
package(libev libev-dev OPTIONAL HEADER ev.h LIBRARY ev
    VERSION_MACROS EV_VERSION_MAJOR EV_VERSION_MINOR)
package(libcsv libcsv-dev HEADER csv.h LIBRARY csv
    VERSION_MACROS CSV_MAJOR CSV_MINOR CSV_RELEASE)
package(liburing liburing-dev OPTIONAL PC liburing)
package(libuv libuv1-dev OPTIONAL PC libuv)
package(libevent libevent-dev OPTIONAL PC libevent_core)
package(libst libst-dev OPTIONAL PC st)
package(libbpf libbpf-dev OPTIONAL PC libbpf)

# Chart.js is no library of C's: one file, put into the page of `report`.
find_file(FILE_chartjs chart.min.js PATHS /usr/share/javascript/chart.js NO_DEFAULT_PATH)
set(HAVE_chartjs 0)
set(VERSION_chartjs "")
set(reason_chartjs "not found (Debian package libjs-chart.js)")
if(NOT OPTIONAL_PACKAGES)
    set(reason_chartjs "left out by OPTIONAL_PACKAGES=OFF")
elseif(FILE_chartjs)
    set(HAVE_chartjs 1)
    file(STRINGS ${FILE_chartjs} line REGEX "Chart\\.js v[0-9.]+" LIMIT_COUNT 1)
    string(REGEX REPLACE ".*Chart\\.js v([0-9.]+).*" "\\1" VERSION_chartjs "${line}")
endif()
string(APPEND LIBRARY_LIST
    "\tLIBRARY(chartjs, ${HAVE_chartjs}, \"${VERSION_chartjs}\", \"${reason_chartjs}\") \\\n")

package(cunit libcunit1-dev TESTS PC cunit)
package(benchmark libbenchmark-dev TESTS PC benchmark)

if(MISSING_REQUIRED)
    string(REPLACE ";" " " missing "${MISSING_REQUIRED}")
    message(FATAL_ERROR "required libraries are missing; run scripts/setup, or install: ${missing}")
endif()

string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
string(STRIP "${CMAKE_C_FLAGS} ${CMAKE_C_FLAGS_${build_type}}" COMPILER_FLAGS)
if(SANITIZE)
    string(APPEND COMPILER_FLAGS " -fsanitize=${SANITIZE}")
endif()
