#!/bin/sh
# Untried: appimagetool was not there. Usage: appimage.sh PACKAGE.deb; the .deb's tree is the AppDir.
set -eu
dpkg-deb --extract "$1" AppDir
cp AppDir/usr/share/applications/compression-studio.desktop AppDir/
cp AppDir/usr/share/icons/hicolor/scalable/apps/compression-studio.svg AppDir/
cat > AppDir/AppRun <<'END'
#!/bin/sh
data=${COMPRESSION_STUDIO_HOME:-${XDG_DATA_HOME:-$HOME/.local/share}/compression-studio}
program=$data/program/bin/compression-studio
[ -x "$program" ] || sh "$APPDIR/usr/lib/compression-studio/installer.sh" || exit 1
exec "$program" "$@"
END
chmod +x AppDir/AppRun
appimagetool AppDir
