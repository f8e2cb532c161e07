# install.cmake - the manual page, the completion, and what `cmake --install` lays down.

# document(OUTPUT INPUT FORMAT NAME): INPUT with @NAME@ as `iomodels --help=FORMAT` says it.
function(document output input format name)
    add_custom_command(OUTPUT ${output}
        COMMAND ${CMAKE_COMMAND} -D PROGRAM=$<TARGET_FILE:iomodels> -D FORMAT=${format}
            -D NAME=${name} -D VERSION=${PROJECT_VERSION} -D INPUT=${PROJECT_SOURCE_DIR}/${input}
            -D OUTPUT=${output} -P ${PROJECT_SOURCE_DIR}/cmake/documents.cmake
        DEPENDS iomodels ${input} cmake/documents.cmake)
endfunction()

set(man_page ${PROJECT_BINARY_DIR}/iomodels.1)
set(completion ${PROJECT_BINARY_DIR}/completion/iomodels)
document(${man_page} docs/man/iomodels.1.in man COMMANDS)
document(${completion} scripts/completion.bash words WORDS)
add_custom_target(documents ALL DEPENDS ${man_page} ${completion})

set(data ${CMAKE_INSTALL_DATADIR}/${PROJECT_NAME})
install(TARGETS iomodels)
install(FILES ${man_page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${completion} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(DIRECTORY models/python DESTINATION ${data} FILES_MATCHING PATTERN "*.py")
install(DIRECTORY scripts/ DESTINATION ${data}/plans FILES_MATCHING PATTERN "*.ini")
install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md"
    PATTERN man EXCLUDE)

set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON) # to install is not to build
