; Untried: no Windows machine was there; it compiles (makensis 3). Made by: makensis -DVERSION=0.1.0 -DBUNDLE=folder .packaging\untried\windows.nsi
; BUNDLE is an unpacked update archive with uv.exe in it. Sign the result: signtool sign /fd SHA256 /tr URL /td SHA256 setup.exe
Unicode true
Name "Compression Studio ${VERSION}"
OutFile "compression-studio-${VERSION}-setup.exe"
RequestExecutionLevel user
InstallDir "$LOCALAPPDATA\compression-studio\compression-studio"
Page instfiles
UninstPage uninstConfirm
UninstPage instfiles

Section
  InitPluginsDir
  SetOutPath "$PLUGINSDIR\bundle"
  File /r "${BUNDLE}\*"
  nsExec::ExecToLog '"$PLUGINSDIR\bundle\uv.exe" run --no-project --no-config --python ">=3.11" python "$PLUGINSDIR\bundle\installer.pyz" --yes'
  Pop $0
  StrCmp $0 "0" +2
    Abort "The installation failed: see the lines above. An earlier version stays as it was."
  CreateShortcut "$SMPROGRAMS\Compression Studio.lnk" "$INSTDIR\program\bin\compression-studio.cmd"
  WriteUninstaller "$INSTDIR\uninstall.exe"
SectionEnd

Section Uninstall
  ; from a folder of its own: what runs from the program's folder can't remove it on Windows
  InitPluginsDir
  CopyFiles /SILENT "$INSTDIR\program\tools\uv.exe" "$PLUGINSDIR\uv.exe"
  FindFirst $1 $2 "$INSTDIR\program\bundles\*-*"
  CopyFiles /SILENT "$INSTDIR\program\bundles\$2\installer.pyz" "$PLUGINSDIR\installer.pyz"
  FindClose $1
  nsExec::ExecToLog '"$PLUGINSDIR\uv.exe" run --no-project --no-config --python ">=3.11" python "$PLUGINSDIR\installer.pyz" uninstall --yes'
  Pop $0
  StrCmp $0 "0" +2
    Abort "Not everything was removed: close Compression Studio and uninstall it again."
  Delete "$SMPROGRAMS\Compression Studio.lnk"
  Delete "$INSTDIR\uninstall.exe"
SectionEnd
