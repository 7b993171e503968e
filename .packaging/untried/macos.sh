#!/bin/sh
# Untried: no Mac and no Apple developer account were there. Usage: macos.sh INSTALLER.sh VERSION IDENTITY PROFILE
# Wraps the installer of a Mac (its uv is Apple's build) as an app, signs, notarizes and packs it as a disk image.
# IDENTITY: "Developer ID Application: …"; PROFILE: of xcrun notarytool store-credentials.
set -eu
app="build/Compression Studio Installer.app/Contents"
mkdir -p "$app/MacOS" "$app/Resources"
cp "$1" "$app/Resources/installer.sh"
cat > "$app/MacOS/start" <<'END'
#!/bin/sh
exec open -a Terminal "$(dirname "$0")/../Resources/installer.sh"
END
chmod +x "$app/MacOS/start"
cat > "$app/Info.plist" <<END
<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict>
<key>CFBundleName</key><string>Compression Studio Installer</string>
<key>CFBundleIdentifier</key><string>org.compression-studio.installer</string>
<key>CFBundleExecutable</key><string>start</string>
<key>CFBundleShortVersionString</key><string>$2</string>
<key>LSMinimumSystemVersion</key><string>14.0</string>
</dict></plist>
END
codesign --force --options runtime --timestamp --sign "$3" "${app%/Contents}"
image="compression-studio-$2.dmg"
hdiutil create -volname "Compression Studio" -srcfolder build -ov -format UDZO "$image"
codesign --timestamp --sign "$3" "$image"
xcrun notarytool submit "$image" --keychain-profile "$4" --wait
xcrun stapler staple "$image"
