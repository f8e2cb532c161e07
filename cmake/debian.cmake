# debian.cmake - the Debian package: cpack packs what is installed (install.cmake).

set(PACKAGE_MAINTAINER "iomodels" CACHE STRING "Maintainer of the Debian package: NAME <ADDRESS>")

# Debian's form of LICENSE: every line begins with a space, an empty one is a point.
file(READ ${PROJECT_SOURCE_DIR}/LICENSE license)
string(REGEX REPLACE "^.*(Permission is)" "\\1" license "${license}")
string(STRIP "${license}" license)
string(REPLACE "\n\n" "\n.\n" license "${license}")
string(REPLACE "\n" "\n " COPYRIGHT_LICENSE " ${license}")
set(COPYRIGHT_OF_CHARTJS "")
if(HAVE_chartjs)
    set(COPYRIGHT_OF_CHARTJS "
Files: usr/bin/iomodels
Copyright: 2026, The iomodels authors
 2014-2022, Chart.js Contributors
License: Expat
Comment: Chart.js ${VERSION_chartjs} is in the page that \"iomodels report\" writes.
")
endif()
string(TIMESTAMP PACKAGE_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
set(PACKAGE_AUTHOR "${PACKAGE_MAINTAINER}")
if(NOT PACKAGE_AUTHOR MATCHES "<")
    string(APPEND PACKAGE_AUTHOR " <>")
endif()
set(debian ${PROJECT_BINARY_DIR}/debian)
configure_file(cmake/debian/copyright.in ${debian}/copyright @ONLY)
configure_file(cmake/debian/changelog.in ${debian}/changelog @ONLY)
install(FILES ${debian}/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ${PROJECT_NAME})
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "${PACKAGE_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "benchmark of the ways to serve a socket")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/debian/habits.cmake)
set(CPACK_DEBIAN_CHANGELOG ${debian}/changelog)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Threads, processes, epoll, coroutines or io_uring? Interchangeable server back
ends speak one echo protocol, one load generator drives them all and verifies
every byte, and every row of a result carries a verdict.")
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "python3, python3-gevent, python3-greenlet, python3-eventlet")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "gnuplot-nox")
include(CPack)
