<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>Actions</name>
    <message>
        <source>&amp;New pipeline</source>
        <translation>&amp;Neue Pipeline</translation>
    </message>
    <message>
        <source>Create an empty pipeline.</source>
        <translation>Eine leere Pipeline anlegen.</translation>
    </message>
    <message>
        <source>&amp;Open pipeline…</source>
        <translation>Pipeline &amp;öffnen…</translation>
    </message>
    <message>
        <source>Open a pipeline file.</source>
        <translation>Eine Pipeline-Datei öffnen.</translation>
    </message>
    <message>
        <source>Reopen &amp;closed pipeline</source>
        <translation>&amp;Geschlossene Pipeline wieder öffnen</translation>
    </message>
    <message>
        <source>Show the pipeline that was closed last, with its unsaved changes.</source>
        <translation>Die zuletzt geschlossene Pipeline mit ihren nicht gespeicherten Änderungen zeigen.</translation>
    </message>
    <message>
        <source>Open &amp;model…</source>
        <translation>&amp;Modell öffnen…</translation>
    </message>
    <message>
        <source>Inspect a model&apos;s structure and add it to the canvas: a folder, a GGUF file or a hub id.</source>
        <translation>Die Struktur eines Modells ansehen und es auf die Zeichenfläche legen: ein Ordner, eine GGUF-Datei oder eine Hub-ID.</translation>
    </message>
    <message>
        <source>&amp;Fit a model to a size…</source>
        <translation>An Größe an&amp;passen…</translation>
    </message>
    <message>
        <source>Choose a model, the bytes that its file may have, and the program that will run it.</source>
        <translation>Ein Modell wählen, die Bytes, die seine Datei haben darf, und das Programm, das es ausführt.</translation>
    </message>
    <message>
        <source>Open model car&amp;d…</source>
        <translation>Modell&amp;karte öffnen…</translation>
    </message>
    <message>
        <source>Show how an export was made, make it again and compare: a folder, a GGUF file or a hub id.</source>
        <translation>Zeigen, wie ein Export entstand, ihn nachbauen und vergleichen: ein Ordner, eine GGUF-Datei oder eine Hub-ID.</translation>
    </message>
    <message>
        <source>&amp;Home</source>
        <translation>S&amp;tartseite</translation>
    </message>
    <message>
        <source>Show the home page: the sample, recent runs, templates for all methods.</source>
        <translation>Die Startseite zeigen: Beispiel, letzte Läufe, Vorlagen für alle Methoden.</translation>
    </message>
    <message>
        <source>&amp;Back to the pipeline</source>
        <translation>&amp;Zurück zur Pipeline</translation>
    </message>
    <message>
        <source>Leave the home page.</source>
        <translation>Die Startseite verlassen.</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>&amp;Speichern</translation>
    </message>
    <message>
        <source>Save the pipeline.</source>
        <translation>Die Pipeline speichern.</translation>
    </message>
    <message>
        <source>Save &amp;as…</source>
        <translation>Speichern &amp;unter…</translation>
    </message>
    <message>
        <source>Save the pipeline under another name.</source>
        <translation>Die Pipeline unter anderem Namen speichern.</translation>
    </message>
    <message>
        <source>&amp;Export a model…</source>
        <translation>Modell &amp;exportieren…</translation>
    </message>
    <message>
        <source>Export a compressed model for other programs and verify it.</source>
        <translation>Ein komprimiertes Modell für andere Programme exportieren und prüfen.</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Beenden</translation>
    </message>
    <message>
        <source>Close the studio.</source>
        <translation>Das Programm schließen.</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>&amp;Rückgängig</translation>
    </message>
    <message>
        <source>Undo the last change.</source>
        <translation>Die letzte Änderung rückgängig machen.</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>&amp;Wiederholen</translation>
    </message>
    <message>
        <source>Redo the last undone change.</source>
        <translation>Die zuletzt rückgängig gemachte Änderung wiederholen.</translation>
    </message>
    <message>
        <source>Cu&amp;t</source>
        <translation>A&amp;usschneiden</translation>
    </message>
    <message>
        <source>Cut the selected blocks.</source>
        <translation>Die gewählten Blöcke ausschneiden.</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>&amp;Kopieren</translation>
    </message>
    <message>
        <source>Copy the selected blocks with their links and settings.</source>
        <translation>Die gewählten Blöcke mit Verbindungen und Einstellungen kopieren.</translation>
    </message>
    <message>
        <source>&amp;Paste</source>
        <translation>&amp;Einfügen</translation>
    </message>
    <message>
        <source>Paste blocks.</source>
        <translation>Blöcke einfügen.</translation>
    </message>
    <message>
        <source>&amp;Duplicate</source>
        <translation>&amp;Duplizieren</translation>
    </message>
    <message>
        <source>Duplicate the selected blocks.</source>
        <translation>Die gewählten Blöcke duplizieren.</translation>
    </message>
    <message>
        <source>Duplicate as &amp;branch</source>
        <translation>Als &amp;Zweig duplizieren</translation>
    </message>
    <message>
        <source>Copy the selected block and all blocks after it as a new branch to compare.</source>
        <translation>Den gewählten Block und alle folgenden als neuen Zweig zum Vergleichen kopieren.</translation>
    </message>
    <message>
        <source>B&amp;ypass</source>
        <translation>Ü&amp;berbrücken</translation>
    </message>
    <message>
        <source>Skip the selected blocks without deleting them, or restore them (B on the canvas).</source>
        <translation>Die gewählten Blöcke auslassen, ohne sie zu löschen, oder wieder einsetzen (B auf der Zeichenfläche).</translation>
    </message>
    <message>
        <source>S&amp;wap method…</source>
        <translation>Methode &amp;tauschen…</translation>
    </message>
    <message>
        <source>Replace the method of the selected block. Settings that both methods have are preserved.</source>
        <translation>Die Methode des gewählten Blocks ersetzen. Einstellungen, die beide haben, bleiben erhalten.</translation>
    </message>
    <message>
        <source>De&amp;lete</source>
        <translation>&amp;Löschen</translation>
    </message>
    <message>
        <source>Delete the selected blocks, links and comments.</source>
        <translation>Die gewählten Blöcke, Verbindungen und Kommentare löschen.</translation>
    </message>
    <message>
        <source>Select &amp;all</source>
        <translation>&amp;Alles auswählen</translation>
    </message>
    <message>
        <source>Select every block.</source>
        <translation>Alle Blöcke auswählen.</translation>
    </message>
    <message>
        <source>Add co&amp;mment</source>
        <translation>Ko&amp;mmentar hinzufügen</translation>
    </message>
    <message>
        <source>Add a note to the canvas, or a frame around the selected blocks.</source>
        <translation>Der Zeichenfläche eine Notiz hinzufügen oder den gewählten Blöcken einen Rahmen.</translation>
    </message>
    <message>
        <source>Fold into one card</source>
        <translation>Zu einer Karte einklappen</translation>
    </message>
    <message>
        <source>Combine the selected blocks into one card that shows the settings you choose.</source>
        <translation>Die gewählten Blöcke zu einer Karte zusammenfassen, die ausgesuchte Einstellungen zeigt.</translation>
    </message>
    <message>
        <source>Unfold</source>
        <translation>Ausklappen</translation>
    </message>
    <message>
        <source>Show the blocks of a card. If they are shown already, ungroup them.</source>
        <translation>Die Blöcke einer Karte zeigen. Sind sie schon zu sehen, die Gruppierung aufheben.</translation>
    </message>
    <message>
        <source>T&amp;idy up</source>
        <translation>Au&amp;fräumen</translation>
    </message>
    <message>
        <source>Arrange the blocks in columns, in the order they run.</source>
        <translation>Die Blöcke in Spalten anordnen, in der Reihenfolge der Ausführung.</translation>
    </message>
    <message>
        <source>Pre&amp;ferences…</source>
        <translation>&amp;Programmeinstellungen…</translation>
    </message>
    <message>
        <source>Theme, text size, data folder, disk space, hub, device, method defaults.</source>
        <translation>Farbschema, Schriftgröße, Datenordner, Plattenplatz, Hub, Gerät, Vorgaben der Methoden.</translation>
    </message>
    <message>
        <source>&amp;Check</source>
        <translation>&amp;Prüfen</translation>
    </message>
    <message>
        <source>Find problems and estimate memory, time and file size without running.</source>
        <translation>Ohne Ausführung Probleme finden und Speicher, Zeit und Dateigröße schätzen.</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation>A&amp;usführen</translation>
    </message>
    <message>
        <source>Check and run the pipeline. Cached results are reused.</source>
        <translation>Die Pipeline prüfen und ausführen. Ergebnisse im Cache werden wiederverwendet.</translation>
    </message>
    <message>
        <source>Run to &amp;here</source>
        <translation>Bis &amp;hier ausführen</translation>
    </message>
    <message>
        <source>Run the selected block and all blocks before it.</source>
        <translation>Den gewählten Block und alle davor ausführen.</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>A&amp;nhalten</translation>
    </message>
    <message>
        <source>Pause at the next safe point. Memory stays in use.</source>
        <translation>Am nächsten sicheren Punkt anhalten. Der Speicher bleibt belegt.</translation>
    </message>
    <message>
        <source>C&amp;ontinue</source>
        <translation>&amp;Weiter</translation>
    </message>
    <message>
        <source>Continue a paused run.</source>
        <translation>Einen angehaltenen Lauf fortführen.</translation>
    </message>
    <message>
        <source>&amp;Stop and keep</source>
        <translation>&amp;Stoppen und behalten</translation>
    </message>
    <message>
        <source>Stop training this block after the present step and keep its result. The run continues.</source>
        <translation>Das Training dieses Blocks nach dem jetzigen Schritt stoppen und das Ergebnis behalten. Der Lauf geht weiter.</translation>
    </message>
    <message>
        <source>Ca&amp;ncel</source>
        <translation>A&amp;bbrechen</translation>
    </message>
    <message>
        <source>Stop the check, or stop the run at its next safe point. Finished blocks are saved and the run can be resumed.</source>
        <translation>Die Prüfung stoppen oder den Lauf am nächsten sicheren Punkt. Fertige Blöcke sind gespeichert und der Lauf kann fortgesetzt werden.</translation>
    </message>
    <message>
        <source>Sur&amp;vey…</source>
        <translation>&amp;Methodenvergleich…</translation>
    </message>
    <message>
        <source>Run several methods on this pipeline&apos;s model with the same texts and evaluation, and compare them in Results.</source>
        <translation>Mehrere Methoden auf dem Modell dieser Pipeline ausführen, mit denselben Texten und derselben Evaluation, und im Panel „Ergebnisse“ vergleichen.</translation>
    </message>
    <message>
        <source>C&amp;laims…</source>
        <translation>Aussa&amp;gen der Paper…</translation>
    </message>
    <message>
        <source>Measure what the papers claim about the methods, with several seeds and verdicts.</source>
        <translation>Mit mehreren Seeds messen, was die Paper über die Methoden sagen, und sehen, was sich zeigt.</translation>
    </message>
    <message>
        <source>M&amp;achines…</source>
        <translation>Re&amp;chner…</translation>
    </message>
    <message>
        <source>Add machines that ssh reaches, see their devices and what runs there, and run on them.</source>
        <translation>Rechner hinzufügen, die ssh erreicht, ihre Geräte und Läufe sehen und auf ihnen rechnen.</translation>
    </message>
    <message>
        <source>Compare rota&amp;tions</source>
        <translation>Ro&amp;tationen vergleichen</translation>
    </message>
    <message>
        <source>Run the selected block without rotation, with a random Hadamard rotation and with a learned one, and compare perplexity and kurtosis.</source>
        <translation>Den gewählten Block ohne Rotation, mit zufälliger Hadamard-Rotation und mit gelernter Rotation ausführen und Perplexität und Kurtosis vergleichen.</translation>
    </message>
    <message>
        <source>Add to &amp;queue</source>
        <translation>&amp;Einreihen</translation>
    </message>
    <message>
        <source>Run the pipeline in its current state after the current run ends.</source>
        <translation>Die Pipeline, wie sie jetzt ist, nach dem Ende des aktuellen Laufs ausführen.</translation>
    </message>
    <message>
        <source>Qu&amp;eue…</source>
        <translation>W&amp;arteschlange…</translation>
    </message>
    <message>
        <source>Show queued pipelines, their order and the expected end.</source>
        <translation>Wartende Pipelines, ihre Reihenfolge und das erwartete Ende zeigen.</translation>
    </message>
    <message>
        <source>Resu&amp;me a run…</source>
        <translation>&amp;Lauf fortsetzen…</translation>
    </message>
    <message>
        <source>Resume a canceled, failed or interrupted run where it stopped.</source>
        <translation>Einen abgebrochenen, fehlgeschlagenen oder unterbrochenen Lauf fortsetzen.</translation>
    </message>
    <message>
        <source>Past r&amp;uns…</source>
        <translation>&amp;Frühere Läufe…</translation>
    </message>
    <message>
        <source>Show a past run: its pipeline, charts, metrics and log.</source>
        <translation>Einen früheren Lauf zeigen: Pipeline, Diagramme, Metriken und Protokoll.</translation>
    </message>
    <message>
        <source>Fetch wei&amp;ghts</source>
        <translation>Gew&amp;ichte holen</translation>
    </message>
    <message>
        <source>Fetch the model that the selected block left on another machine, or the last one.</source>
        <translation>Das Modell holen, das der gewählte oder letzte Block auf einem anderen Rechner hinterließ.</translation>
    </message>
    <message>
        <source>Sho&amp;w report</source>
        <translation>Be&amp;richt zeigen</translation>
    </message>
    <message>
        <source>Show the run&apos;s report: metrics, pipeline, curves, layers.</source>
        <translation>Den Bericht des Laufs zeigen: Metriken, Pipeline, Kurven, Schichten.</translation>
    </message>
    <message>
        <source>Save report as P&amp;DF…</source>
        <translation>Bericht als P&amp;DF speichern…</translation>
    </message>
    <message>
        <source>Save the run&apos;s report as a PDF.</source>
        <translation>Den Bericht des Laufs als PDF speichern.</translation>
    </message>
    <message>
        <source>Open run &amp;folder</source>
        <translation>&amp;Ordner des Laufs öffnen</translation>
    </message>
    <message>
        <source>Open the folder with the run&apos;s report, log and artifacts.</source>
        <translation>Den Ordner mit Bericht, Protokoll und Artefakten des Laufs öffnen.</translation>
    </message>
    <message>
        <source>&amp;Blocks</source>
        <translation>&amp;Blöcke</translation>
    </message>
    <message>
        <source>Methods to add to the canvas.</source>
        <translation>Methoden für die Zeichenfläche.</translation>
    </message>
    <message>
        <source>&amp;Outline</source>
        <translation>&amp;Gliederung</translation>
    </message>
    <message>
        <source>The pipeline as a list, for keyboards and screen readers.</source>
        <translation>Die Pipeline als Liste, für Tastatur und Bildschirmleser.</translation>
    </message>
    <message>
        <source>&amp;Settings</source>
        <translation>Ein&amp;stellungen</translation>
    </message>
    <message>
        <source>The settings of the selected block.</source>
        <translation>Die Einstellungen des gewählten Blocks.</translation>
    </message>
    <message>
        <source>Progress, problems, estimates and the log.</source>
        <translation>Fortschritt, Probleme, Schätzungen und Protokoll.</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <comment>panel</comment>
        <translation>La&amp;uf</translation>
    </message>
    <message>
        <source>&amp;Charts</source>
        <translation>&amp;Diagramme</translation>
    </message>
    <message>
        <source>Live curves, distributions, memory and plots of methods.</source>
        <translation>Laufende Kurven, Verteilungen, Speicher und Plots der Methoden.</translation>
    </message>
    <message>
        <source>I&amp;nspector</source>
        <translation>I&amp;nspektor</translation>
    </message>
    <message>
        <source>A table of all layers.</source>
        <translation>Eine Tabelle aller Schichten.</translation>
    </message>
    <message>
        <source>Co&amp;mpare</source>
        <translation>&amp;Vergleich</translation>
    </message>
    <message>
        <source>Metrics and layers of several results side by side.</source>
        <translation>Metriken und Schichten mehrerer Ergebnisse nebeneinander.</translation>
    </message>
    <message>
        <source>Fit to bu&amp;dget</source>
        <translation>&amp;Fit to budget</translation>
    </message>
    <message>
        <source>The format of each layer for every file size.</source>
        <translation>Das Format jeder Schicht für jede Dateigröße.</translation>
    </message>
    <message>
        <source>&amp;All results</source>
        <translation>&amp;Alle Ergebnisse</translation>
    </message>
    <message>
        <source>All results of all runs in one table, with the Pareto front.</source>
        <translation>Alle Ergebnisse aller Läufe in einer Tabelle, mit der Pareto-Front.</translation>
    </message>
    <message>
        <source>&amp;Export</source>
        <translation>&amp;Export</translation>
    </message>
    <message>
        <source>Export a model and verify it.</source>
        <translation>Ein Modell exportieren und prüfen.</translation>
    </message>
    <message>
        <source>&amp;Try it</source>
        <translation>Aus&amp;probieren</translation>
    </message>
    <message>
        <source>Generate text with the original and compressed models.</source>
        <translation>Text mit dem Original und komprimierten Modellen erzeugen.</translation>
    </message>
    <message>
        <source>Show the panel, or hide it if it has the focus: {what}</source>
        <translation>Das Panel zeigen oder, wenn es den Fokus hat, ausblenden: {what}</translation>
    </message>
    <message>
        <source>Theme: system</source>
        <translation>Farbschema: System</translation>
    </message>
    <message>
        <source>Follow the desktop&apos;s dark or light mode.</source>
        <translation>Dem hellen oder dunklen Modus des Desktops folgen.</translation>
    </message>
    <message>
        <source>Theme: dark</source>
        <translation>Farbschema: dunkel</translation>
    </message>
    <message>
        <source>Light text on dark surfaces.</source>
        <translation>Heller Text auf dunklen Flächen.</translation>
    </message>
    <message>
        <source>Theme: light</source>
        <translation>Farbschema: hell</translation>
    </message>
    <message>
        <source>Dark text on light surfaces.</source>
        <translation>Dunkler Text auf hellen Flächen.</translation>
    </message>
    <message>
        <source>Theme: high contrast</source>
        <translation>Farbschema: hoher Kontrast</translation>
    </message>
    <message>
        <source>White on black, with strong borders.</source>
        <translation>Weiß auf Schwarz, mit kräftigen Rändern.</translation>
    </message>
    <message>
        <source>Zoom &amp;in</source>
        <translation>Vergr&amp;ößern</translation>
    </message>
    <message>
        <source>Zoom in on the canvas.</source>
        <translation>Die Zeichenfläche vergrößern.</translation>
    </message>
    <message>
        <source>Zoom o&amp;ut</source>
        <translation>Ver&amp;kleinern</translation>
    </message>
    <message>
        <source>Zoom out of the canvas.</source>
        <translation>Die Zeichenfläche verkleinern.</translation>
    </message>
    <message>
        <source>Zoom to &amp;fit</source>
        <translation>Alles &amp;zeigen</translation>
    </message>
    <message>
        <source>Show the whole pipeline.</source>
        <translation>Die ganze Pipeline zeigen.</translation>
    </message>
    <message>
        <source>Actual size</source>
        <translation>Originalgröße</translation>
    </message>
    <message>
        <source>Zoom to 100 %.</source>
        <translation>Auf 100 % zoomen.</translation>
    </message>
    <message>
        <source>&amp;Watch</source>
        <translation>Be&amp;obachten</translation>
    </message>
    <message>
        <source>Switch between building (all tools) and watching (result cards above large charts).</source>
        <translation>Zwischen Bauen (alle Werkzeuge) und Beobachten (Ergebniskarten über großen Diagrammen) wechseln.</translation>
    </message>
    <message>
        <source>Bac&amp;k to Build</source>
        <translation>Zurück zu&amp;m Bauen</translation>
    </message>
    <message>
        <source>Return to the canvas with all tools (Esc).</source>
        <translation>Zur Zeichenfläche mit allen Werkzeugen zurückkehren (Esc).</translation>
    </message>
    <message>
        <source>Large &amp;panels</source>
        <translation>G&amp;roße Panels</translation>
    </message>
    <message>
        <source>Hide the canvas and enlarge the panels below it.</source>
        <translation>Die Zeichenfläche ausblenden und die Panels darunter vergrößern.</translation>
    </message>
    <message>
        <source>F&amp;loat panel</source>
        <translation>Panel ab&amp;lösen</translation>
    </message>
    <message>
        <source>Float the focused panel in its own window, or dock it again.</source>
        <translation>Das Panel mit dem Fokus in ein eigenes Fenster ablösen oder wieder andocken.</translation>
    </message>
    <message>
        <source>Sa&amp;ve layout…</source>
        <translation>Anordnung spe&amp;ichern…</translation>
    </message>
    <message>
        <source>Save the arrangement of panels under a name.</source>
        <translation>Die Anordnung der Panels unter einem Namen speichern.</translation>
    </message>
    <message>
        <source>Reset la&amp;yout</source>
        <translation>Anordnung zurü&amp;cksetzen</translation>
    </message>
    <message>
        <source>Restore the default arrangement of panels.</source>
        <translation>Die übliche Anordnung der Panels wiederherstellen.</translation>
    </message>
    <message>
        <source>&amp;Find an action…</source>
        <translation>&amp;Aktion finden…</translation>
    </message>
    <message>
        <source>Search all actions by name.</source>
        <translation>Alle Aktionen nach Namen durchsuchen.</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>Show help for the focused setting or selected block, or the guide.</source>
        <translation>Hilfe zur Einstellung mit dem Fokus, zum gewählten Block oder die Anleitung zeigen.</translation>
    </message>
    <message>
        <source>What is &amp;new</source>
        <translation>&amp;Neuigkeiten</translation>
    </message>
    <message>
        <source>Show what changed in this version.</source>
        <translation>Zeigen, was sich in dieser Version geändert hat.</translation>
    </message>
    <message>
        <source>&amp;Updates and versions…</source>
        <translation>&amp;Updates und Versionen…</translation>
    </message>
    <message>
        <source>Show the installed versions; update, roll back, repair.</source>
        <translation>Die installierte Version und die daneben zeigen; aktualisieren, zurückkehren, reparieren.</translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts</source>
        <translation>&amp;Tastenkürzel</translation>
    </message>
    <message>
        <source>Show all shortcuts.</source>
        <translation>Alle Tastenkürzel zeigen.</translation>
    </message>
    <message>
        <source>&amp;Methods and their settings</source>
        <translation>&amp;Methoden und ihre Einstellungen</translation>
    </message>
    <message>
        <source>Describe every method, its paper and its settings.</source>
        <translation>Jede Methode, ihr Paper und ihre Einstellungen beschreiben.</translation>
    </message>
    <message>
        <source>&amp;Responsiveness</source>
        <translation>&amp;Reaktionszeit</translation>
    </message>
    <message>
        <source>Measure how fast the window responds.</source>
        <translation>Messen, wie schnell das Fenster reagiert.</translation>
    </message>
    <message>
        <source>&amp;About</source>
        <translation>&amp;Über</translation>
    </message>
    <message>
        <source>Show the version, licenses and library versions.</source>
        <translation>Version, Lizenzen und Versionen der Bibliotheken zeigen.</translation>
    </message>
</context>
<context>
    <name>AdviceList</name>
    <message>
        <source>Nothing loses less: every layer has its best format.</source>
        <translation>Kein Format verliert weniger: Jede Schicht hat ihr bestes.</translation>
    </message>
    <message>
        <source>Nothing can be smaller.</source>
        <translation>Kleiner geht es nicht.</translation>
    </message>
    <message>
        <source>Nothing can be faster.</source>
        <translation>Schneller geht es nicht.</translation>
    </message>
    <message>
        <source>What would help most</source>
        <translation>Was am meisten hilft</translation>
    </message>
    <message>
        <source>What would cost least</source>
        <translation>Was am wenigsten kostet</translation>
    </message>
    <message>
        <source>Lock these layers at {0}, and change the file size by as much</source>
        <translation>Diese Schichten auf {0} festlegen und die Dateigröße entsprechend ändern</translation>
    </message>
    <message>
        <source>Lock these layers at {0}, and change the tokens per second by as much</source>
        <translation>Diese Schichten auf {0} festlegen und die Tokens pro Sekunde entsprechend ändern</translation>
    </message>
</context>
<context>
    <name>AnswersComparison</name>
    <message>
        <source>Answers side by side</source>
        <translation>Antworten nebeneinander</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>Prompt</translation>
    </message>
    <message>
        <source>Original</source>
        <translation>Original</translation>
    </message>
    <message>
        <source>{0} writes as its original.</source>
        <translation>{0} schreibt wie das Original.</translation>
    </message>
    <message>
        <source>{0} does not write as its original: {1}.</source>
        <translation>{0} schreibt nicht wie das Original: {1}.</translation>
    </message>
    <message>
        <source>the same</source>
        <translation>gleich</translation>
    </message>
</context>
<context>
    <name>BackgroundRuns</name>
    <message>
        <source>Show run</source>
        <translation>Lauf zeigen</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>Nicht jetzt</translation>
    </message>
    <message>
        <source>“{name}” is running in the background.</source>
        <translation>„{name}“ läuft im Hintergrund.</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>Ausblenden</translation>
    </message>
    <message>
        <source>The run of “{name}” was interrupted. Finished blocks are saved; resuming gives the same result as an uninterrupted run.</source>
        <translation>Der Lauf von „{name}“ wurde unterbrochen. Fertige Blöcke sind gespeichert; fortgesetzt liefert er dasselbe Ergebnis wie ein ununterbrochener Lauf.</translation>
    </message>
    <message>
        <source>End the engine</source>
        <translation>Engine beenden</translation>
    </message>
    <message>
        <source>Wait</source>
        <translation>Warten</translation>
    </message>
    <message>
        <source>The engine is not responding. It may be busy with a long step. If you end it, finished blocks are saved and the run can be resumed.</source>
        <translation>Die Engine antwortet nicht. Vielleicht dauert ein Schritt sehr lange. Wird sie beendet, sind fertige Blöcke gespeichert und der Lauf kann fortgesetzt werden.</translation>
    </message>
</context>
<context>
    <name>Banner</name>
    <message>
        <source>Dismiss</source>
        <translation>Ausblenden</translation>
    </message>
</context>
<context>
    <name>BlockMenus</name>
    <message>
        <source>Run to here</source>
        <translation>Bis hier ausführen</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Add after…</source>
        <translation>Danach einfügen…</translation>
    </message>
    <message>
        <source>Stop bypassing</source>
        <translation>Nicht mehr überbrücken</translation>
    </message>
    <message>
        <source>Bypass</source>
        <translation>Überbrücken</translation>
    </message>
    <message>
        <source>Duplicate as branch</source>
        <translation>Als Zweig duplizieren</translation>
    </message>
    <message>
        <source>Swap method…</source>
        <translation>Methode tauschen…</translation>
    </message>
    <message>
        <source>Compare as {letter}</source>
        <translation>Als {letter} vergleichen</translation>
    </message>
    <message>
        <source>Don&apos;t pause after this block</source>
        <translation>Nach diesem Block nicht anhalten</translation>
    </message>
    <message>
        <source>Pause after this block</source>
        <translation>Nach diesem Block anhalten</translation>
    </message>
    <message>
        <source>Compare rotations</source>
        <translation>Rotationen vergleichen</translation>
    </message>
    <message>
        <source>Input: {0}</source>
        <translation>Eingang: {0}</translation>
    </message>
    <message>
        <source>The original model (not linked)</source>
        <translation>Das Originalmodell (nicht verbunden)</translation>
    </message>
    <message>
        <source>Not linked</source>
        <translation>Nicht verbunden</translation>
    </message>
</context>
<context>
    <name>BlockModel</name>
    <message>
        <source>Block</source>
        <translation>Block</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>Qualität</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Bits</source>
        <translation>Bits</translation>
    </message>
    <message>
        <source>“{0}” ran here. This block has not run yet.</source>
        <translation>„{0}“ lief hier. Dieser Block wurde noch nicht ausgeführt.</translation>
    </message>
    <message>
        <source>The pipeline changed after this run. Run it again.</source>
        <translation>Die Pipeline wurde nach diesem Lauf geändert. Bitte neu ausführen.</translation>
    </message>
</context>
<context>
    <name>BlockTable</name>
    <message>
        <source>Blocks of the run</source>
        <translation>Blöcke des Laufs</translation>
    </message>
</context>
<context>
    <name>Board</name>
    <message>
        <source>Latest: {block}</source>
        <translation>Neuester: {block}</translation>
    </message>
    <message>
        <source>Latest block</source>
        <translation>Neuester Block</translation>
    </message>
    <message>
        <source>Overview</source>
        <translation>Übersicht</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Schichten</translation>
    </message>
    <message>
        <source>Distribution</source>
        <translation>Verteilung</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Speicher</translation>
    </message>
    <message>
        <source>Metrics</source>
        <translation>Metriken</translation>
    </message>
</context>
<context>
    <name>Canvas</name>
    <message>
        <source>Input “{0}”: the original model unless another is linked</source>
        <translation>Eingang „{0}“: das Originalmodell, solange kein anderes verbunden ist</translation>
    </message>
    <message>
        <source>Input “{0}”: not linked</source>
        <translation>Eingang „{0}“: nicht verbunden</translation>
    </message>
    <message>
        <source>optional</source>
        <translation>optional</translation>
    </message>
    <message>
        <source>Output of “{0}”</source>
        <translation>Ausgang von „{0}“</translation>
    </message>
    <message>
        <source>{0}. Run the pipeline to see its size and metrics.</source>
        <translation>{0}. Größe und Metriken stehen nach einem Lauf der Pipeline hier.</translation>
    </message>
    <message>
        <source>Double-click to inspect it</source>
        <translation>Doppelklick öffnet den Inspektor</translation>
    </message>
    <message>
        <source>{0} (optional): the original</source>
        <translation>{0} (optional): das Original</translation>
    </message>
    <message>
        <source>{0}: not linked</source>
        <translation>{0}: nicht verbunden</translation>
    </message>
    <message>
        <source>{0} of {1}</source>
        <translation>{0} von {1}</translation>
    </message>
    <message>
        <source>{0} more: unfold to see them</source>
        <translation>{0} weitere: ausklappen, um sie zu sehen</translation>
    </message>
    <message>
        <source>{0}: drag the title to move all blocks; double-click to fold them</source>
        <translation>{0}: Am Titel ziehen verschiebt alle Blöcke, Doppelklick klappt sie ein</translation>
    </message>
    <message>
        <source>Double-click to edit</source>
        <translation>Doppelklick zum Bearbeiten</translation>
    </message>
</context>
<context>
    <name>CanvasEditor</name>
    <message>
        <source>Add block</source>
        <translation>Block hinzufügen</translation>
    </message>
    <message>
        <source>Add blocks</source>
        <translation>Blöcke hinzufügen</translation>
    </message>
    <message numerus="yes">
        <source>Move %n blocks</source>
        <translation>
            <numerusform>%n Block verschieben</numerusform>
            <numerusform>%n Blöcke verschieben</numerusform>
        </translation>
    </message>
    <message>
        <source>Insert block</source>
        <translation>Block einfügen</translation>
    </message>
    <message>
        <source>Link blocks</source>
        <translation>Blöcke verbinden</translation>
    </message>
    <message>
        <source>Remove link</source>
        <translation>Verbindung entfernen</translation>
    </message>
    <message>
        <source>“{0}” is running. Cancel the run before you delete it.</source>
        <translation>„{0}“ läuft gerade. Vor dem Löschen den Lauf abbrechen.</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Reorder blocks</source>
        <translation>Blöcke umordnen</translation>
    </message>
    <message>
        <source>Tidy up</source>
        <translation>Aufräumen</translation>
    </message>
    <message>
        <source>Bypass</source>
        <translation>Überbrücken</translation>
    </message>
    <message>
        <source>Swap method</source>
        <translation>Methode tauschen</translation>
    </message>
    <message>
        <source>Fold</source>
        <translation>Einklappen</translation>
    </message>
    <message>
        <source>Unfold</source>
        <translation>Ausklappen</translation>
    </message>
    <message>
        <source>Change settings shown on a card</source>
        <translation>Einstellungen auf einer Karte ändern</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>Umbenennen</translation>
    </message>
    <message>
        <source>Name of the card</source>
        <translation>Name der Karte</translation>
    </message>
    <message>
        <source>Add comment</source>
        <translation>Kommentar hinzufügen</translation>
    </message>
    <message>
        <source>Frame blocks</source>
        <translation>Blöcke einrahmen</translation>
    </message>
    <message>
        <source>Resize comment</source>
        <translation>Größe des Kommentars ändern</translation>
    </message>
</context>
<context>
    <name>CanvasMenus</name>
    <message>
        <source>Inspect</source>
        <translation>Untersuchen</translation>
    </message>
    <message>
        <source>Insert here…</source>
        <translation>Hier einfügen…</translation>
    </message>
    <message>
        <source>Remove link</source>
        <translation>Verbindung entfernen</translation>
    </message>
    <message>
        <source>Edit comment</source>
        <translation>Kommentar bearbeiten</translation>
    </message>
    <message>
        <source>Frame</source>
        <translation>Einrahmen</translation>
    </message>
    <message>
        <source>Fold into one card</source>
        <translation>Zu einer Karte einklappen</translation>
    </message>
    <message>
        <source>Ungroup</source>
        <translation>Gruppierung aufheben</translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation>Duplizieren</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Cut</source>
        <translation>Ausschneiden</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Unfold</source>
        <translation>Ausklappen</translation>
    </message>
    <message>
        <source>Run to here</source>
        <translation>Bis hier ausführen</translation>
    </message>
    <message>
        <source>Add after…</source>
        <translation>Danach einfügen…</translation>
    </message>
    <message>
        <source>Rename…</source>
        <translation>Umbenennen…</translation>
    </message>
    <message>
        <source>Save as a block…</source>
        <translation>Als Block speichern…</translation>
    </message>
    <message>
        <source>Settings shown on the card</source>
        <translation>Einstellungen auf der Karte</translation>
    </message>
    <message>
        <source>Add method…</source>
        <translation>Methode hinzufügen…</translation>
    </message>
    <message>
        <source>Add comment</source>
        <translation>Kommentar hinzufügen</translation>
    </message>
    <message>
        <source>Paste here</source>
        <translation>Hier einfügen</translation>
    </message>
    <message>
        <source>Select all</source>
        <translation>Alles auswählen</translation>
    </message>
    <message>
        <source>Tidy up</source>
        <translation>Aufräumen</translation>
    </message>
    <message>
        <source>Zoom to fit</source>
        <translation>Alles zeigen</translation>
    </message>
</context>
<context>
    <name>CanvasView</name>
    <message>
        <source>Pipeline canvas</source>
        <translation>Zeichenfläche der Pipeline</translation>
    </message>
    <message>
        <source>The Outline panel shows the same pipeline as a list.</source>
        <translation>Das Panel „Gliederung“ zeigt dieselbe Pipeline als Liste.</translation>
    </message>
    <message>
        <source>Drag a method here, or press / to search.
A pipeline starts with a model.</source>
        <translation>Eine Methode hierher ziehen oder mit / suchen.
Eine Pipeline beginnt mit einem Modell.</translation>
    </message>
</context>
<context>
    <name>Card</name>
    <message>
        <source>Loss</source>
        <translation>Loss</translation>
    </message>
    <message>
        <source>Weights before (gray) and after</source>
        <translation>Gewichte vorher (grau) und nachher</translation>
    </message>
    <message>
        <source>Share of weights that stay, by layer</source>
        <translation>Anteil der verbleibenden Gewichte je Schicht</translation>
    </message>
    <message>
        <source>Singular values, logarithm</source>
        <translation>Singulärwerte, logarithmisch</translation>
    </message>
    <message>
        <source>Kurtosis before (gray) and after, by layer</source>
        <translation>Kurtosis vorher (grau) und nachher je Schicht</translation>
    </message>
    <message>
        <source>stopping…</source>
        <translation>wird gestoppt…</translation>
    </message>
    <message>
        <source>Changed since the run began: the run continues with its original settings.</source>
        <translation>Seit Beginn des Laufs geändert: Er geht weiter, wie er begann.</translation>
    </message>
    <message>
        <source>{0} bits</source>
        <translation>{0} Bits</translation>
    </message>
    <message>
        <source>context {0}</source>
        <translation>Kontext {0}</translation>
    </message>
    <message>
        <source>Larger than the source: {size}, up from {former}.</source>
        <translation>Größer als die Quelle: {size} statt {former}.</translation>
    </message>
    <message>
        <source>{share} compressed</source>
        <translation>{share} komprimiert</translation>
    </message>
</context>
<context>
    <name>CardDialog</name>
    <message>
        <source>Open a model card</source>
        <translation>Modellkarte öffnen</translation>
    </message>
    <message>
        <source>A folder that this program exported, its replay.json or README.md, a GGUF file, or a repository of the hub says how it was made.</source>
        <translation>Ein Ordner, den dieses Programm exportiert hat, dessen replay.json oder README.md, eine GGUF-Datei oder ein Repository auf dem Hub zeigt, wie das Modell entstand.</translation>
    </message>
    <message>
        <source>Choose an export to see how it was made</source>
        <translation>Einen Export auswählen, um seine Entstehung zu sehen</translation>
    </message>
    <message>
        <source>Export folder, GGUF file, or owner/name on the hub</source>
        <translation>Exportordner, GGUF-Datei oder owner/name auf dem Hub</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Export</translation>
    </message>
    <message>
        <source>Revision</source>
        <translation>Revision</translation>
    </message>
    <message>
        <source>Branch, tag or commit on the hub. Leave empty for the latest.</source>
        <translation>Branch, Tag oder Commit auf dem Hub. Leer für den neuesten Stand.</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>Ordner…</translation>
    </message>
    <message>
        <source>File…</source>
        <translation>Datei…</translation>
    </message>
    <message>
        <source>Make again</source>
        <translation>Nachbauen</translation>
    </message>
    <message>
        <source>All of it</source>
        <translation>Vollständig</translation>
    </message>
    <message>
        <source>The first layers of the last step</source>
        <translation>Die ersten Schichten des letzten Schritts</translation>
    </message>
    <message>
        <source>The first layers take minutes instead of hours. Their weights are compared.</source>
        <translation>Die ersten Schichten dauern Minuten statt Stunden. Ihre Gewichte werden verglichen.</translation>
    </message>
    <message>
        <source>Number of layers</source>
        <translation>Anzahl der Schichten</translation>
    </message>
    <message>
        <source>As recorded</source>
        <translation>Wie aufgezeichnet</translation>
    </message>
    <message>
        <source>Base</source>
        <translation>Basis</translation>
    </message>
    <message>
        <source>Folder, GGUF file or hub id of the model that it was made from.</source>
        <translation>Ordner, GGUF-Datei oder Hub-ID des Modells, aus dem es entstand.</translation>
    </message>
    <message>
        <source>Add…</source>
        <translation>Hinzufügen…</translation>
    </message>
    <message>
        <source>Texts that it was made with. They are found by their hashes.</source>
        <translation>Texte, mit denen es entstand. Sie werden an ihren Hashes erkannt.</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>Dateien</translation>
    </message>
    <message>
        <source>Open its pipeline</source>
        <translation>Zugehörige Pipeline öffnen</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Replay</source>
        <translation>Nachbauen</translation>
    </message>
    <message>
        <source>Reading how it was made…</source>
        <translation>Entstehung wird gelesen…</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>Wird gestartet…</translation>
    </message>
    <message>
        <source>Folder of an export</source>
        <translation>Ordner eines Exports</translation>
    </message>
    <message>
        <source>GGUF, replay.json, README.md (*.gguf *.json *.md);;All files (*)</source>
        <translation>GGUF, replay.json, README.md (*.gguf *.json *.md);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>File of an export</source>
        <translation>Datei eines Exports</translation>
    </message>
    <message>
        <source>Folder of the base</source>
        <translation>Ordner der Basis</translation>
    </message>
    <message>
        <source>Texts that it was made with</source>
        <translation>Texte, mit denen es entstand</translation>
    </message>
    <message>
        <source>Choose another export or correct the name.</source>
        <translation>Einen anderen Export auswählen oder den Namen korrigieren.</translation>
    </message>
    <message>
        <source>Nothing to show</source>
        <translation>Nichts anzuzeigen</translation>
    </message>
    <message>
        <source>The replay was stopped. Nothing was compared.</source>
        <translation>Der Nachbau wurde gestoppt. Es wurde nichts verglichen.</translation>
    </message>
    <message>
        <source>None but those that are found by their names</source>
        <translation>Keine außer denen, die unter ihrem Namen gefunden werden</translation>
    </message>
</context>
<context>
    <name>CardView</name>
    <message numerus="yes">
        <source>{format}, %n tensors, made with version {version}</source>
        <translation>
            <numerusform>{format}, %n Tensor, erzeugt mit Version {version}</numerusform>
            <numerusform>{format}, %n Tensoren, erzeugt mit Version {version}</numerusform>
        </translation>
    </message>
    <message>
        <source>It can&apos;t be made again: {0}.</source>
        <translation>Nachbau nicht möglich: {0}.</translation>
    </message>
    <message>
        <source>, revision {0}</source>
        <translation>, Revision {0}</translation>
    </message>
    <message>
        <source>Base</source>
        <translation>Basis</translation>
    </message>
    <message>
        <source>Step {0}</source>
        <translation>Schritt {0}</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>on this machine</source>
        <translation>auf diesem Rechner</translation>
    </message>
    <message>
        <source>not on this machine; add the file below</source>
        <translation>nicht auf diesem Rechner; Datei unten hinzufügen</translation>
    </message>
    <message>
        <source>Hash {0}</source>
        <translation>Hash {0}</translation>
    </message>
    <message>
        <source>Environment</source>
        <translation>Umgebung</translation>
    </message>
    <message>
        <source>Not recorded</source>
        <translation>Nicht aufgezeichnet</translation>
    </message>
    <message>
        <source>Different here</source>
        <translation>Hier anders</translation>
    </message>
    <message>
        <source>On this machine. Its tensors are compared before anything is made.</source>
        <translation>Auf diesem Rechner. Vor dem Nachbau werden die Tensoren verglichen.</translation>
    </message>
    <message>
        <source>Not on this machine. A replay fetches it from the hub.</source>
        <translation>Nicht auf diesem Rechner. Der Nachbau lädt sie vom Hub.</translation>
    </message>
    <message>
        <source>Not found under this name. Name it below.</source>
        <translation>Unter diesem Namen nicht gefunden. Unten angeben.</translation>
    </message>
</context>
<context>
    <name>ChartFrame</name>
    <message>
        <source>Log x</source>
        <translation>log x</translation>
    </message>
    <message>
        <source>Logarithmic x axis</source>
        <translation>Logarithmische x-Achse</translation>
    </message>
    <message>
        <source>Log y</source>
        <translation>log y</translation>
    </message>
    <message>
        <source>Logarithmic y axis</source>
        <translation>Logarithmische y-Achse</translation>
    </message>
    <message>
        <source>Follow</source>
        <translation>Folgen</translation>
    </message>
    <message>
        <source>Keep new data in view</source>
        <translation>Neue Daten im Blick behalten</translation>
    </message>
    <message>
        <source>Show all charts</source>
        <translation>Alle Diagramme zeigen</translation>
    </message>
    <message>
        <source>Enlarge</source>
        <translation>Vergrößern</translation>
    </message>
    <message>
        <source>Reset zoom</source>
        <translation>Zoom zurücksetzen</translation>
    </message>
    <message>
        <source>Export this chart</source>
        <translation>Dieses Diagramm exportieren</translation>
    </message>
    <message>
        <source>Picture (PNG)…</source>
        <translation>Bild (PNG)…</translation>
    </message>
    <message>
        <source>Drawing (SVG)…</source>
        <translation>Zeichnung (SVG)…</translation>
    </message>
    <message>
        <source>Data shown (CSV)…</source>
        <translation>Gezeigte Daten (CSV)…</translation>
    </message>
    <message>
        <source>Export chart</source>
        <translation>Diagramm exportieren</translation>
    </message>
    <message>
        <source>The chart could not be saved</source>
        <translation>Das Diagramm konnte nicht gespeichert werden</translation>
    </message>
</context>
<context>
    <name>Choosers</name>
    <message>
        <source>Link the block to a model first; its layers are listed from that model.</source>
        <translation>Den Block zuerst mit einem Modell verbinden; dessen Schichten werden aufgelistet.</translation>
    </message>
    <message>
        <source>The layers of this model are not recognized. Type their names instead.</source>
        <translation>Die Schichten dieses Modells werden nicht erkannt. Bitte ihre Namen eintippen.</translation>
    </message>
    <message>
        <source>As in the mix</source>
        <translation>Wie in der Mischung</translation>
    </message>
</context>
<context>
    <name>ClaimsWindow</name>
    <message>
        <source>Claims</source>
        <translation>Aussagen</translation>
    </message>
    <message>
        <source>The bundled sample</source>
        <translation>Das mitgelieferte Beispiel</translation>
    </message>
    <message>
        <source>What the papers claim of the methods, measured with several seeds: shown if the 95 % interval says so, contradicted if it says the opposite. Runs wait until it is over or stopped; what is measured stays.</source>
        <translation>Aussagen der Paper über die Methoden, mit mehreren Seeds gemessen: „shown“, wenn das 95-%-Intervall sie bestätigt, „contradicted“, wenn es das Gegenteil sagt. Läufe warten, bis die Messung endet oder gestoppt wird; Gemessenes bleibt.</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Measure all</source>
        <translation>Alle messen</translation>
    </message>
    <message>
        <source>Measure selected</source>
        <translation>Auswahl messen</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Stoppen</translation>
    </message>
    <message>
        <source>Stopping; finished measurements are saved</source>
        <translation>Wird gestoppt: Gemessenes bleibt</translation>
    </message>
    <message>
        <source>Reading what was measured…</source>
        <translation>Messungen werden gelesen…</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>Wird gestartet…</translation>
    </message>
    <message>
        <source>, about {0} left</source>
        <translation>, noch etwa {0}</translation>
    </message>
    <message>
        <source>Section</source>
        <translation>Abschnitt</translation>
    </message>
    <message>
        <source>Claim</source>
        <translation>Aussage</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>Urteil</translation>
    </message>
    <message>
        <source>Seeds</source>
        <translation>Seeds</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>exact</source>
        <translation>exakt</translation>
    </message>
    <message numerus="yes">
        <source>%n of {0} rows were measured with earlier code or bundled texts.</source>
        <translation>
            <numerusform>%n von {0} Zeilen wurde mit früherem Code oder früheren mitgelieferten Texten gemessen.</numerusform>
            <numerusform>%n von {0} Zeilen wurden mit früherem Code oder früheren mitgelieferten Texten gemessen.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n of {0} rows are missing.</source>
        <translation>
            <numerusform>%n von {0} Zeilen fehlt.</numerusform>
            <numerusform>%n von {0} Zeilen fehlen.</numerusform>
        </translation>
    </message>
    <message>
        <source>What it would take: {0}</source>
        <translation>Was dazu nötig wäre: {0}</translation>
    </message>
</context>
<context>
    <name>Closing</name>
    <message>
        <source>If you stop it, it ends at the next safe point. Finished blocks are saved and the run can be resumed.</source>
        <translation>Gestoppt wird am nächsten sicheren Punkt. Fertige Blöcke sind gespeichert und der Lauf kann fortgesetzt werden.</translation>
    </message>
    <message>
        <source>Runs on other machines continue either way.</source>
        <translation>Läufe auf anderen Rechnern gehen in jedem Fall weiter.</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Stop and close</source>
        <translation>Stoppen und schließen</translation>
    </message>
    <message>
        <source>It can also continue without the window; the studio shows it again at the next start.</source>
        <translation>Er kann auch ohne Fenster weiterlaufen; beim nächsten Start wird er wieder gezeigt.</translation>
    </message>
    <message>
        <source>Close and keep running</source>
        <translation>Schließen und weiterlaufen lassen</translation>
    </message>
    <message>
        <source>A run is in progress</source>
        <translation>Ein Lauf ist im Gange</translation>
    </message>
    <message>
        <source>Closing after the next safe point…</source>
        <translation>Wird nach dem nächsten sicheren Punkt geschlossen…</translation>
    </message>
</context>
<context>
    <name>CodesChart</name>
    <message>
        <source>Use of the 4-bit code values</source>
        <translation>Nutzung der 4-Bit-Codes</translation>
    </message>
    <message>
        <source>Nothing to plot</source>
        <translation>Nichts zu zeichnen</translation>
    </message>
    <message>
        <source>The weights are all zero or not finite.</source>
        <translation>Die Gewichte sind alle null oder nicht endlich.</translation>
    </message>
    <message>
        <source>Value / block maximum</source>
        <translation>Wert / Blockmaximum</translation>
    </message>
    <message>
        <source>Fraction of weights</source>
        <translation>Anteil der Gewichte</translation>
    </message>
    <message>
        <source>{0}: error {1}</source>
        <translation>{0}: Fehler {1}</translation>
    </message>
</context>
<context>
    <name>CommandPalette</name>
    <message>
        <source>Find an action</source>
        <translation>Aktion finden</translation>
    </message>
    <message>
        <source>Search for an action</source>
        <translation>Aktion suchen</translation>
    </message>
    <message>
        <source>Actions</source>
        <translation>Aktionen</translation>
    </message>
</context>
<context>
    <name>ComparePanel</name>
    <message>
        <source>Result A</source>
        <translation>Ergebnis A</translation>
    </message>
    <message>
        <source>Result B</source>
        <translation>Ergebnis B</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>Gestoppt</translation>
    </message>
    <message>
        <source>The comparison was stopped.</source>
        <translation>Der Vergleich wurde gestoppt.</translation>
    </message>
    <message>
        <source>Nothing to compare yet</source>
        <translation>Noch nichts zu vergleichen</translation>
    </message>
    <message>
        <source>Run a pipeline with at least two blocks or with branches. Every block&apos;s result can be compared.</source>
        <translation>Eine Pipeline mit mindestens zwei Blöcken oder mit Zweigen ausführen. Die Ergebnisse aller Blöcke lassen sich vergleichen.</translation>
    </message>
    <message>
        <source>Metrics of the results</source>
        <translation>Metriken der Ergebnisse</translation>
    </message>
    <message>
        <source>Compare the layers</source>
        <translation>Schichten vergleichen</translation>
    </message>
    <message>
        <source>Reads the weights of the results and shows sizes, errors, outliers and distributions of every layer.</source>
        <translation>Liest die Gewichte der Ergebnisse und zeigt Größen, Fehler, Ausreißer und Verteilungen jeder Schicht.</translation>
    </message>
    <message>
        <source>Compare layers</source>
        <translation>Schichten vergleichen</translation>
    </message>
    <message>
        <source>Metrics</source>
        <translation>Metriken</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Schichten</translation>
    </message>
    <message>
        <source>Rotations</source>
        <translation>Rotationen</translation>
    </message>
    <message>
        <source>Answers</source>
        <translation>Antworten</translation>
    </message>
    <message>
        <source>Copy or save the metrics</source>
        <translation>Metriken kopieren oder speichern</translation>
    </message>
    <message>
        <source>Swap A and B</source>
        <translation>A und B tauschen</translation>
    </message>
    <message>
        <source>Compare more than two results</source>
        <translation>Mehr als zwei Ergebnisse vergleichen</translation>
    </message>
    <message>
        <source>More</source>
        <translation>Mehr</translation>
    </message>
    <message>
        <source>No other results</source>
        <translation>Keine weiteren Ergebnisse</translation>
    </message>
    <message>
        <source>{0} more</source>
        <translation>{0} weitere</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>Differenz</translation>
    </message>
    <message>
        <source>Ratio</source>
        <translation>Verhältnis</translation>
    </message>
    <message>
        <source>B vs. A</source>
        <translation>B gegen A</translation>
    </message>
    <message>
        <source>Metric</source>
        <translation>Metrik</translation>
    </message>
    <message>
        <source>Measured differently, so the metrics can&apos;t be compared: {0}</source>
        <translation>Unterschiedlich gemessen, daher sind die Metriken nicht vergleichbar: {0}</translation>
    </message>
    <message>
        <source>Zero by definition: this is the original compared with itself.</source>
        <translation>Null per Definition: Das Original wird mit sich selbst verglichen.</translation>
    </message>
    <message>
        <source>Evaluated with: {0}</source>
        <translation>Evaluiert mit: {0}</translation>
    </message>
    <message>
        <source>Evaluation settings</source>
        <translation>Evaluationseinstellungen</translation>
    </message>
    <message>
        <source>differs</source>
        <translation>anders</translation>
    </message>
    <message>
        <source>same</source>
        <translation>gleich</translation>
    </message>
</context>
<context>
    <name>CompareView</name>
    <message>
        <source>Reading the layers of {0} of {1}…</source>
        <translation>Schichten von {0} aus {1} werden gelesen…</translation>
    </message>
</context>
<context>
    <name>Contents</name>
    <message>
        <source>Block shown</source>
        <translation>Gezeigter Block</translation>
    </message>
    <message>
        <source>Filter charts</source>
        <translation>Diagramme filtern</translation>
    </message>
    <message>
        <source>Charts and plots</source>
        <translation>Diagramme und Plots</translation>
    </message>
    <message>
        <source>Select one to enlarge it; select several with Ctrl or Shift to see them side by side</source>
        <translation>Eines auswählen, um es groß zu sehen; mit Strg oder Umschalt mehrere nebeneinander</translation>
    </message>
</context>
<context>
    <name>CrashDialog</name>
    <message>
        <source>Unexpected error</source>
        <translation>Unerwarteter Fehler</translation>
    </message>
    <message>
        <source>An unexpected error occurred</source>
        <translation>Ein unerwarteter Fehler ist aufgetreten</translation>
    </message>
    <message>
        <source>Your pipeline was saved for recovery. You can continue working; if something looks wrong, save under another name and restart. The report is in {folder}. It names no files, models, people or machines. This is all of it, and it is not sent anywhere.</source>
        <translation>Die Pipeline wurde zur Wiederherstellung gespeichert. Die Arbeit kann weitergehen; wirkt etwas falsch, unter anderem Namen speichern und neu starten. Der Bericht liegt in {folder}. Er nennt keine Dateien, Modelle, Personen oder Rechner. Dies ist sein ganzer Inhalt; er wird nirgendwohin gesendet.</translation>
    </message>
    <message>
        <source>Copy report</source>
        <translation>Bericht kopieren</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Kopiert</translation>
    </message>
</context>
<context>
    <name>CurvesChart</name>
    <message>
        <source>Metric</source>
        <translation>Metrik</translation>
    </message>
    <message>
        <source>Metric shown</source>
        <translation>Gezeigte Metrik</translation>
    </message>
    <message>
        <source>Metrics</source>
        <translation>Metriken</translation>
    </message>
    <message>
        <source>No metrics yet</source>
        <translation>Noch keine Metriken</translation>
    </message>
    <message>
        <source>Curves appear here while a block trains.</source>
        <translation>Beim Training eines Blocks erscheinen hier Kurven.</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>Schritt</translation>
    </message>
    <message>
        <source>{what} of {block}</source>
        <translation>{what} von {block}</translation>
    </message>
</context>
<context>
    <name>Differences</name>
    <message>
        <source>Differences in settings</source>
        <translation>Unterschiede in den Einstellungen</translation>
    </message>
    <message>
        <source>The same settings</source>
        <translation>Gleiche Einstellungen</translation>
    </message>
    <message>
        <source>Select two results or more</source>
        <translation>Zwei oder mehr Ergebnisse auswählen</translation>
    </message>
    <message>
        <source>The blocks before them differ.</source>
        <translation>Die Blöcke davor unterscheiden sich.</translation>
    </message>
    <message>
        <source>Ctrl+click adds a result.</source>
        <translation>Strg+Klick fügt ein Ergebnis hinzu.</translation>
    </message>
    <message>
        <source>Setting</source>
        <translation>Einstellung</translation>
    </message>
</context>
<context>
    <name>DistributionChart</name>
    <message>
        <source>All layers</source>
        <translation>Alle Schichten</translation>
    </message>
    <message>
        <source>Show all layers as a heat map</source>
        <translation>Alle Schichten als Heatmap zeigen</translation>
    </message>
    <message>
        <source>One layer</source>
        <translation>Eine Schicht</translation>
    </message>
    <message>
        <source>Show the selected layer as a histogram</source>
        <translation>Die gewählte Schicht als Histogramm zeigen</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>Show the distribution of the weights</source>
        <translation>Verteilung der Gewichte zeigen</translation>
    </message>
</context>
<context>
    <name>Document</name>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
</context>
<context>
    <name>Editor</name>
    <message>
        <source>Choose {0}</source>
        <translation>{0} auswählen</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Auswählen…</translation>
    </message>
</context>
<context>
    <name>ExportPanel</name>
    <message>
        <source>Formats</source>
        <translation>Formate</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>Ergebnis</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>Run a pipeline first. Each result can then be exported for other programs.</source>
        <translation>Zuerst eine Pipeline ausführen. Jedes Ergebnis lässt sich dann für andere Programme exportieren.</translation>
    </message>
    <message>
        <source>Nothing to export yet</source>
        <translation>Noch nichts zu exportieren</translation>
    </message>
    <message>
        <source>A new or empty folder</source>
        <translation>Ein neuer oder leerer Ordner</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation>Durchsuchen…</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Export and verify</source>
        <translation>Exportieren und prüfen</translation>
    </message>
    <message>
        <source>Reading the result…</source>
        <translation>Ergebnis wird gelesen…</translation>
    </message>
    <message>
        <source>{0} bits per weight</source>
        <translation>{0} Bits je Gewicht</translation>
    </message>
    <message>
        <source>lossless</source>
        <translation>verlustfrei</translation>
    </message>
    <message>
        <source>smallest lossless format</source>
        <translation>kleinstes verlustfreies Format</translation>
    </message>
    <message>
        <source>Export folder</source>
        <translation>Exportordner</translation>
    </message>
    <message>
        <source>Choose a folder to write to.</source>
        <translation>Bitte einen Zielordner auswählen.</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>Wird gestartet…</translation>
    </message>
    <message>
        <source>The export was stopped. No files were written.</source>
        <translation>Der Export wurde gestoppt. Es wurden keine Dateien geschrieben.</translation>
    </message>
</context>
<context>
    <name>FailureDialog</name>
    <message>
        <source>What failed</source>
        <translation>Was schlug fehl</translation>
    </message>
    <message>
        <source>Block</source>
        <translation>Block</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>Wo</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Warum</translation>
    </message>
    <message>
        <source>What to do</source>
        <translation>Was hilft</translation>
    </message>
    <message>
        <source>Copy all</source>
        <translation>Alles kopieren</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Kopiert</translation>
    </message>
</context>
<context>
    <name>FieldRow</name>
    <message>
        <source>Help for {0}</source>
        <translation>Hilfe zu {0}</translation>
    </message>
    <message>
        <source>Reset to default ({0})</source>
        <translation>Auf Standard zurücksetzen ({0})</translation>
    </message>
    <message>
        <source>Reset {0}</source>
        <translation>{0} zurücksetzen</translation>
    </message>
    <message>
        <source>Try several values</source>
        <translation>Mehrere Werte probieren</translation>
    </message>
    <message>
        <source>Try several values of {0}</source>
        <translation>Mehrere Werte für {0} probieren</translation>
    </message>
</context>
<context>
    <name>FileController</name>
    <message>
        <source>Pipelines, replay.json, GGUF (*.json *.gguf);;All files (*)</source>
        <translation>Pipelines, replay.json, GGUF (*.json *.gguf);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Open a pipeline</source>
        <translation>Pipeline öffnen</translation>
    </message>
    <message>
        <source>These steps made “{0}”. Check the model and the files that they name.</source>
        <translation>So entstand „{0}“. Bitte das Modell und die genannten Dateien prüfen.</translation>
    </message>
    <message>
        <source>Replace model</source>
        <translation>Modell ersetzen</translation>
    </message>
    <message>
        <source>The pipeline now uses “{0}”. Undo restores the former model.</source>
        <translation>Die Pipeline verwendet jetzt „{0}“. „Rückgängig“ stellt das frühere Modell wieder her.</translation>
    </message>
    <message>
        <source>Add model</source>
        <translation>Modell hinzufügen</translation>
    </message>
    <message>
        <source>Add “{name}” or replace the model?</source>
        <translation>„{name}“ hinzufügen oder das Modell ersetzen?</translation>
    </message>
    <message>
        <source>The pipeline starts with “{old}”. Add the new model as a separate block, for example as a teacher, or replace the model, which makes all results outdated. Either can be undone.</source>
        <translation>Die Pipeline beginnt mit „{old}“. Das neue Modell kann als eigener Block hinzukommen, etwa als Lehrer, oder das bisherige ersetzen; dann sind alle Ergebnisse veraltet. Beides lässt sich rückgängig machen.</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Add as a block</source>
        <translation>Als Block hinzufügen</translation>
    </message>
    <message>
        <source>Add “{name}” as a model, open its pipeline, or check how it was made?</source>
        <translation>„{name}“ als Modell hinzufügen, die zugehörige Pipeline öffnen oder die Entstehung prüfen?</translation>
    </message>
    <message>
        <source>It is an export that carries the steps it was made with.</source>
        <translation>Dieser Export enthält die Schritte, mit denen er entstand.</translation>
    </message>
    <message>
        <source>Open its card</source>
        <translation>Modellkarte öffnen</translation>
    </message>
    <message>
        <source>Open its pipeline</source>
        <translation>Zugehörige Pipeline öffnen</translation>
    </message>
    <message>
        <source>Add as a model</source>
        <translation>Als Modell hinzufügen</translation>
    </message>
    <message>
        <source>Pipelines (*.json)</source>
        <translation>Pipelines (*.json)</translation>
    </message>
    <message>
        <source>Save the pipeline</source>
        <translation>Pipeline speichern</translation>
    </message>
    <message>
        <source>Saved to {path}</source>
        <translation>Gespeichert in {path}</translation>
    </message>
    <message>
        <source>Save changes to “{name}”?</source>
        <translation>Änderungen an „{name}“ speichern?</translation>
    </message>
    <message>
        <source>Unsaved changes will be lost.</source>
        <translation>Nicht gespeicherte Änderungen gehen verloren.</translation>
    </message>
    <message>
        <source>Without saving, File › Reopen closed pipeline restores them until the studio is closed.</source>
        <translation>Ohne Speichern stellt Datei › Geschlossene Pipeline wieder öffnen sie wieder her, bis das Programm geschlossen wird.</translation>
    </message>
    <message>
        <source>Don&apos;t save</source>
        <translation>Nicht speichern</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>Recover</source>
        <translation>Wiederherstellen</translation>
    </message>
    <message>
        <source>The recovery copy could not be written. Save your work now. {why}</source>
        <translation>Die Wiederherstellungskopie konnte nicht geschrieben werden. Die Arbeit jetzt speichern. {why}</translation>
    </message>
</context>
<context>
    <name>FitDialog</name>
    <message>
        <source>Fit a model to a size</source>
        <translation>Ein Modell an eine Größe anpassen</translation>
    </message>
    <message>
        <source>Fit to this size</source>
        <translation>An diese Größe anpassen</translation>
    </message>
    <message>
        <source>60MB, 1.5GB or 40%</source>
        <translation>60MB, 1.5GB oder 40%</translation>
    </message>
    <message>
        <source>with context {0}</source>
        <translation>mit Kontext {0}</translation>
    </message>
    <message>
        <source>File alone</source>
        <translation>Datei allein</translation>
    </message>
    <message>
        <source>A share is of the bytes of all parameters in 16 bits.</source>
        <translation>Ein Anteil gilt von den Bytes aller Parameter in 16 Bit.</translation>
    </message>
    <message>
        <source>{size} for the file and the keys and values of a context of {count}. The model has {now} on disk.</source>
        <translation>{size} für die Datei und die Keys und Values eines Kontexts von {count}. Auf der Platte hat das Modell {now}.</translation>
    </message>
    <message>
        <source>Keys and values of a context of {count} alone take {keys}. Choose a larger size or a shorter context.</source>
        <translation>Keys und Values eines Kontexts von {count} brauchen allein {keys}. Eine größere Größe oder einen kürzeren Kontext wählen.</translation>
    </message>
    <message>
        <source>Keys and values of a context of {count} take {keys} of the {size}. For the file:</source>
        <translation>Keys und Values eines Kontexts von {count} brauchen {keys} der {size}. Für die Datei:</translation>
    </message>
    <message>
        <source>{size}: {share} of the {whole} in 16 bits. The model has {now} on disk.</source>
        <translation>{size}: {share} der {whole} in 16 Bit. Auf der Platte hat das Modell {now}.</translation>
    </message>
    <message>
        <source>It is that small already.</source>
        <translation>So klein ist es schon.</translation>
    </message>
    <message>
        <source>Parts of the model have to go: allow that in the settings of the block.</source>
        <translation>Teile des Modells müssen weg: das wird in den Einstellungen des Blocks erlaubt.</translation>
    </message>
    <message>
        <source>“{0}” reaches smaller sizes.</source>
        <translation>„{0}“ erreicht kleinere Größen.</translation>
    </message>
</context>
<context>
    <name>FitPanel</name>
    <message>
        <source>No plan yet</source>
        <translation>Noch kein Plan</translation>
    </message>
    <message>
        <source>Nothing fitted yet</source>
        <translation>Noch nichts angepasst</translation>
    </message>
    <message>
        <source>Unlock all ({0})</source>
        <translation>Alle freigeben ({0})</translation>
    </message>
    <message>
        <source>{0} bits a weight</source>
        <translation>{0} Bits je Gewicht</translation>
    </message>
    <message>
        <source>without {0}</source>
        <translation>ohne {0}</translation>
    </message>
    <message>
        <source>keys and values {0}</source>
        <translation>Keys und Values {0}</translation>
    </message>
    <message>
        <source>predicted KL {0}</source>
        <translation>vorhergesagte KL {0}</translation>
    </message>
    <message>
        <source>Fitted block</source>
        <translation>Angepasster Block</translation>
    </message>
    <message>
        <source>Size and predicted KL divergence of the plan</source>
        <translation>Größe und vorhergesagte KL-Divergenz des Plans</translation>
    </message>
    <message>
        <source>Unlock all layers</source>
        <translation>Alle Schichten freigeben</translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation>Freigeben</translation>
    </message>
    <message>
        <source>Give the block this size and these locks, and run the pipeline</source>
        <translation>Dem Block diese Größe und diese Festlegungen geben und die Pipeline ausführen</translation>
    </message>
    <message>
        <source>Build this plan</source>
        <translation>Diesen Plan bauen</translation>
    </message>
    <message>
        <source>Replace the block by an ordinary one that has a format for each layer</source>
        <translation>Den Block durch einen gewöhnlichen mit einem Format je Schicht ersetzen</translation>
    </message>
    <message>
        <source>Turn into ordinary blocks</source>
        <translation>In gewöhnliche Blöcke umwandeln</translation>
    </message>
    <message>
        <source>Format of each layer, and why</source>
        <translation>Format jeder Schicht, mit Begründung</translation>
    </message>
    <message>
        <source>Run Fit to budget once: it measures how much each layer matters. Then any file size can be chosen here.</source>
        <translation>„Fit to budget“ einmal ausführen: Es misst, wie wichtig jede Schicht ist. Danach lässt sich hier jede Dateigröße wählen.</translation>
    </message>
    <message>
        <source>Front</source>
        <translation>Front</translation>
    </message>
    <message>
        <source>Advice</source>
        <translation>Hinweise</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Schichten</translation>
    </message>
    <message>
        <source>Copy or save the table of layers</source>
        <translation>Tabelle der Schichten kopieren oder speichern</translation>
    </message>
</context>
<context>
    <name>FitView</name>
    <message>
        <source>Build the plan of {0}</source>
        <translation>Plan von {0} bauen</translation>
    </message>
    <message>
        <source>The Fit to budget block for this plan was removed from the canvas.</source>
        <translation>Der Block „Fit to budget“ dieses Plans wurde von der Zeichenfläche entfernt.</translation>
    </message>
    <message>
        <source>Turn a plan into an ordinary block</source>
        <translation>Plan in einen gewöhnlichen Block umwandeln</translation>
    </message>
    <message>
        <source>“{block}” has the formats of the plan. Undo brings Fit to budget back.</source>
        <translation>„{block}“ hat die Formate des Plans. „Rückgängig“ bringt „Fit to budget“ zurück.</translation>
    </message>
</context>
<context>
    <name>FrontChart</name>
    <message>
        <source>Size and predicted loss</source>
        <translation>Größe und vorhergesagter Verlust</translation>
    </message>
    <message>
        <source>No plan yet</source>
        <translation>Noch kein Plan</translation>
    </message>
    <message>
        <source>Predicted loss for each file size appears here.</source>
        <translation>Hier erscheint der vorhergesagte Verlust für jede Dateigröße.</translation>
    </message>
    <message>
        <source>File size</source>
        <translation>Dateigröße</translation>
    </message>
    <message>
        <source>KL divergence (nats a token)</source>
        <translation>KL-Divergenz (Nats je Token)</translation>
    </message>
    <message>
        <source>Fit, predicted</source>
        <translation>Fit, vorhergesagt</translation>
    </message>
    <message>
        <source>Uniform, predicted</source>
        <translation>Einheitlich, vorhergesagt</translation>
    </message>
    <message>
        <source>Measured</source>
        <translation>Gemessen</translation>
    </message>
    <message>
        <source>size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>measured</source>
        <translation>gemessen</translation>
    </message>
    <message>
        <source>{0} nats</source>
        <translation>{0} Nats</translation>
    </message>
    <message>
        <source>predicted</source>
        <translation>vorhergesagt</translation>
    </message>
    <message>
        <source>Uniform {0}</source>
        <translation>Einheitlich {0}</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>Fit</translation>
    </message>
    <message>
        <source>{0} nats ({1} to {2})</source>
        <translation>{0} nats ({1} bis {2})</translation>
    </message>
</context>
<context>
    <name>GridChart</name>
    <message>
        <source>3D</source>
        <translation>3D</translation>
    </message>
    <message>
        <source>Show as a surface; drag to rotate</source>
        <translation>Als Fläche zeigen; Ziehen dreht sie</translation>
    </message>
    <message>
        <source>Logarithmic colors make small values visible</source>
        <translation>Logarithmische Farben machen kleine Werte sichtbar</translation>
    </message>
    <message>
        <source>Log colors</source>
        <translation>Log-Farben</translation>
    </message>
    <message>
        <source>row</source>
        <translation>Zeile</translation>
    </message>
    <message>
        <source>column</source>
        <translation>Spalte</translation>
    </message>
    <message>
        <source>value</source>
        <translation>Wert</translation>
    </message>
</context>
<context>
    <name>Group</name>
    <message>
        <source>More settings</source>
        <translation>Mehr Einstellungen</translation>
    </message>
    <message>
        <source>  ·  {0} changed</source>
        <translation>  ·  {0} geändert</translation>
    </message>
    <message>
        <source>Settings: {0}</source>
        <translation>Einstellungen: {0}</translation>
    </message>
</context>
<context>
    <name>HeatChart</name>
    <message>
        <source>Weights of all layers</source>
        <translation>Gewichte aller Schichten</translation>
    </message>
    <message>
        <source>No distributions yet</source>
        <translation>Noch keine Verteilungen</translation>
    </message>
    <message>
        <source>Each finished layer adds a row.</source>
        <translation>Jede fertige Schicht fügt eine Zeile hinzu.</translation>
    </message>
    <message>
        <source>Weight / largest |weight| of the layer</source>
        <translation>Gewicht / größtes |Gewicht| der Schicht</translation>
    </message>
    <message>
        <source>Weights before or after compression</source>
        <translation>Gewichte vor oder nach der Kompression</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Nachher</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Vorher</translation>
    </message>
    <message>
        <source>Logarithmic colors make rare values visible</source>
        <translation>Logarithmische Farben machen seltene Werte sichtbar</translation>
    </message>
    <message>
        <source>Log colors</source>
        <translation>Log-Farben</translation>
    </message>
    <message>
        <source>Fraction of weights</source>
        <translation>Anteil der Gewichte</translation>
    </message>
    <message>
        <source>weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>fraction</source>
        <translation>Anteil</translation>
    </message>
</context>
<context>
    <name>HelpWindow</name>
    <message>
        <source>Guide</source>
        <translation>Anleitung</translation>
    </message>
    <message>
        <source>What is new</source>
        <translation>Neuigkeiten</translation>
    </message>
    <message>
        <source>Glossary</source>
        <translation>Glossar</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>Training</translation>
    </message>
    <message>
        <source>Fit to budget</source>
        <translation>Fit to budget</translation>
    </message>
    <message>
        <source>Quantization</source>
        <translation>Quantisierung</translation>
    </message>
    <message>
        <source>Pruning</source>
        <translation>Pruning</translation>
    </message>
    <message>
        <source>Distillation</source>
        <translation>Destillation</translation>
    </message>
    <message>
        <source>Low rank</source>
        <translation>Low-Rank</translation>
    </message>
    <message>
        <source>Methods</source>
        <translation>Methoden</translation>
    </message>
    <message>
        <source>File formats</source>
        <translation>Dateiformate</translation>
    </message>
    <message>
        <source>About</source>
        <translation>Über</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>Hilfe</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>Seiten</translation>
    </message>
</context>
<context>
    <name>HistogramChart</name>
    <message>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>No distribution yet</source>
        <translation>Noch keine Verteilung</translation>
    </message>
    <message>
        <source>Each layer&apos;s weights before and after compression appear here.</source>
        <translation>Hier erscheinen die Gewichte jeder Schicht vor und nach der Kompression.</translation>
    </message>
    <message>
        <source>Weight</source>
        <translation>Gewicht</translation>
    </message>
    <message>
        <source>Fraction of weights per bin</source>
        <translation>Anteil der Gewichte je Klasse</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Layer shown</source>
        <translation>Gezeigte Schicht</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Vorher</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Nachher</translation>
    </message>
    <message>
        <source>Adapter update</source>
        <translation>Adapter-Update</translation>
    </message>
    <message>
        <source>{0} at {1}</source>
        <translation>{0} bei {1}</translation>
    </message>
</context>
<context>
    <name>Housekeeping</name>
    <message>
        <source>{0} of old artifacts were deleted to stay within the limit in Preferences.</source>
        <translation>{0} alter Artefakte wurden gelöscht, um unter der Grenze der Programmeinstellungen zu bleiben.</translation>
    </message>
</context>
<context>
    <name>InquiryPages</name>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
</context>
<context>
    <name>InspectorPanel</name>
    <message>
        <source>Error of this layer in NF4, FP4 and int4</source>
        <translation>Fehler dieser Schicht in NF4, FP4 und int4</translation>
    </message>
    <message>
        <source>4 bits</source>
        <translation>4 Bit</translation>
    </message>
    <message>
        <source>Choose a model or result above to see the size, outliers and error of each layer.</source>
        <translation>Oben ein Modell oder Ergebnis auswählen, um Größe, Ausreißer und Fehler jeder Schicht zu sehen.</translation>
    </message>
    <message>
        <source>Nothing to show yet</source>
        <translation>Noch nichts zu zeigen</translation>
    </message>
    <message>
        <source>Inspect “{0}”</source>
        <translation>„{0}“ untersuchen</translation>
    </message>
    <message>
        <source>Reads the weights of every layer and shows size, outliers and error relative to the original.</source>
        <translation>Liest die Gewichte aller Schichten und zeigt Größe, Ausreißer und Fehler gegenüber dem Original.</translation>
    </message>
    <message>
        <source>Ready to inspect</source>
        <translation>Bereit zur Untersuchung</translation>
    </message>
    <message>
        <source>Skip {layer} in this block</source>
        <translation>{layer} in diesem Block auslassen</translation>
    </message>
    <message>
        <source>Skip all “{role}” layers in this block</source>
        <translation>Alle „{role}“-Schichten in diesem Block auslassen</translation>
    </message>
    <message>
        <source>Copy as Markdown</source>
        <translation>Als Markdown kopieren</translation>
    </message>
    <message>
        <source>Copy as CSV</source>
        <translation>Als CSV kopieren</translation>
    </message>
    <message>
        <source>Model or result</source>
        <translation>Modell oder Ergebnis</translation>
    </message>
    <message>
        <source>Choose a model or result…</source>
        <translation>Modell oder Ergebnis auswählen…</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Schichten</translation>
    </message>
    <message>
        <source>Rotation</source>
        <translation>Rotation</translation>
    </message>
    <message>
        <source>Filter by name or role</source>
        <translation>Nach Name oder Rolle filtern</translation>
    </message>
    <message>
        <source>Filter layers</source>
        <translation>Schichten filtern</translation>
    </message>
    <message>
        <source>Columns</source>
        <translation>Spalten</translation>
    </message>
    <message>
        <source>Show or hide columns</source>
        <translation>Spalten ein- oder ausblenden</translation>
    </message>
    <message>
        <source>Copy or save the table</source>
        <translation>Tabelle kopieren oder speichern</translation>
    </message>
    <message>
        <source>Plots of this layer</source>
        <translation>Plots dieser Schicht</translation>
    </message>
    <message numerus="yes">
        <source>{0} of %n layers</source>
        <translation>
            <numerusform>{0} von %n Schicht</numerusform>
            <numerusform>{0} von %n Schichten</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n layers</source>
        <translation>
            <numerusform>%n Schicht</numerusform>
            <numerusform>%n Schichten</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} parameters</source>
        <translation>{0} Parameter</translation>
    </message>
    <message>
        <source>{0} bits per weight</source>
        <translation>{0} Bits je Gewicht</translation>
    </message>
    <message>
        <source>activations from {0} tokens</source>
        <translation>Aktivierungen aus {0} Token</translation>
    </message>
</context>
<context>
    <name>InspectorView</name>
    <message>
        <source>Reading every layer…</source>
        <translation>Alle Schichten werden gelesen…</translation>
    </message>
    <message>
        <source>rotated: weight errors do not apply</source>
        <translation>rotiert: Gewichtsfehler sind nicht aussagekräftig</translation>
    </message>
    <message>
        <source>Measuring activations…</source>
        <translation>Aktivierungen werden gemessen…</translation>
    </message>
    <message>
        <source>“{block}” can&apos;t skip layers.</source>
        <translation>„{block}“ kann keine Schichten auslassen.</translation>
    </message>
    <message>
        <source>Skip {layer}</source>
        <translation>{layer} auslassen</translation>
    </message>
    <message>
        <source>“{block}” will skip {layer} in the next run.</source>
        <translation>„{block}“ lässt {layer} im nächsten Lauf aus.</translation>
    </message>
</context>
<context>
    <name>JobRow</name>
    <message>
        <source>Stop</source>
        <translation>Stoppen</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>Wird gestoppt…</translation>
    </message>
</context>
<context>
    <name>LayerDialog</name>
    <message>
        <source>Filter, such as down, layers.3 or 12</source>
        <translation>Filter, etwa down, layers.3 oder 12</translation>
    </message>
    <message>
        <source>Filter layers</source>
        <translation>Schichten filtern</translation>
    </message>
    <message>
        <source>Layers of the model</source>
        <translation>Schichten des Modells</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Role</source>
        <translation>Rolle</translation>
    </message>
    <message>
        <source>Shape</source>
        <translation>Form</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>Parameter</translation>
    </message>
    <message>
        <source>By layer</source>
        <translation>Nach Schicht</translation>
    </message>
    <message>
        <source>By role</source>
        <translation>Nach Rolle</translation>
    </message>
    <message>
        <source>None</source>
        <translation>Keine</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Use selected layers</source>
        <translation>Gewählte Schichten verwenden</translation>
    </message>
    <message>
        <source>Outside the layers</source>
        <translation>Außerhalb der Schichten</translation>
    </message>
    <message>
        <source>Layer {0} · {1}</source>
        <translation>Schicht {0} · {1}</translation>
    </message>
    <message numerus="yes">
        <source>{0} of %n linear layers · {1} of {2} parameters</source>
        <translation>
            <numerusform>{0} von %n linearen Schicht · {1} von {2} Parametern</numerusform>
            <numerusform>{0} von %n linearen Schichten · {1} von {2} Parametern</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LayersChart</name>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Sparsity per layer</source>
        <translation>Sparsity je Schicht</translation>
    </message>
    <message>
        <source>No layers yet</source>
        <translation>Noch keine Schichten</translation>
    </message>
    <message>
        <source>Each layer appears here when a block has finished it.</source>
        <translation>Jede Schicht erscheint hier, sobald ein Block sie fertig hat.</translation>
    </message>
    <message>
        <source>Metric</source>
        <translation>Metrik</translation>
    </message>
    <message>
        <source>Layer metric shown</source>
        <translation>Gezeigte Schichtmetrik</translation>
    </message>
    <message>
        <source>{0} per layer</source>
        <translation>{0} je Schicht</translation>
    </message>
</context>
<context>
    <name>LayersComparison</name>
    <message>
        <source>Metric</source>
        <translation>Metrik</translation>
    </message>
    <message>
        <source>Save the table of layers</source>
        <translation>Tabelle der Schichten speichern</translation>
    </message>
    <message>
        <source>Save this table as CSV</source>
        <translation>Diese Tabelle als CSV speichern</translation>
    </message>
    <message>
        <source>Layers of the results</source>
        <translation>Schichten der Ergebnisse</translation>
    </message>
    <message>
        <source>Original</source>
        <translation>Original</translation>
    </message>
    <message>
        <source>Weights of {0}</source>
        <translation>Gewichte von {0}</translation>
    </message>
    <message>
        <source>{0} by layer</source>
        <translation>{0} je Schicht</translation>
    </message>
</context>
<context>
    <name>LayersModel</name>
    <message>
        <source>Index of the decoder or encoder layer; empty outside the layers.</source>
        <translation>Index der Decoder- oder Encoder-Schicht; leer außerhalb der Schichten.</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Name of the module in the checkpoint.</source>
        <translation>Name des Moduls im Checkpoint.</translation>
    </message>
    <message>
        <source>Role</source>
        <translation>Rolle</translation>
    </message>
    <message>
        <source>Function of the module in its layer.</source>
        <translation>Funktion des Moduls in seiner Schicht.</translation>
    </message>
    <message>
        <source>Shape</source>
        <translation>Form</translation>
    </message>
    <message>
        <source>Output × input features, as stored.</source>
        <translation>Ausgangs- × Eingangsmerkmale, wie gespeichert.</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>Storage format of the weight.</source>
        <translation>Speicherformat des Gewichts.</translation>
    </message>
</context>
<context>
    <name>LayersPicker</name>
    <message>
        <source>Choose from this model&apos;s layers</source>
        <translation>Aus den Schichten dieses Modells auswählen</translation>
    </message>
    <message>
        <source>Choose {0} from the model&apos;s layers</source>
        <translation>{0} aus den Schichten des Modells auswählen</translation>
    </message>
</context>
<context>
    <name>Layouts</name>
    <message>
        <source>Layouts</source>
        <translation>Anordnungen</translation>
    </message>
    <message>
        <source>Inspect</source>
        <translation>Untersuchen</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleichen</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportieren</translation>
    </message>
    <message>
        <source>Enlarge the panels of this task; Esc puts everything back.</source>
        <translation>Die Panels dieser Aufgabe vergrößern; Esc stellt alles zurück.</translation>
    </message>
    <message>
        <source>Save layout</source>
        <translation>Anordnung speichern</translation>
    </message>
    <message>
        <source>Layout name</source>
        <translation>Name der Anordnung</translation>
    </message>
    <message>
        <source>Layout “{name}” was added to the View menu.</source>
        <translation>Die Anordnung „{name}“ steht jetzt im Menü „Ansicht“.</translation>
    </message>
    <message>
        <source>Layout “{name}” was deleted.</source>
        <translation>Die Anordnung „{name}“ wurde gelöscht.</translation>
    </message>
    <message>
        <source>A layout named “{name}” exists already.</source>
        <translation>Eine Anordnung namens „{name}“ gibt es schon.</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>Ersetzen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Layout: {name}</source>
        <translation>Anordnung: {name}</translation>
    </message>
    <message>
        <source>Restore this arrangement of panels.</source>
        <translation>Diese Anordnung der Panels wiederherstellen.</translation>
    </message>
    <message>
        <source>Delete layout: {name}</source>
        <translation>Anordnung löschen: {name}</translation>
    </message>
    <message>
        <source>Remove this layout.</source>
        <translation>Diese Anordnung entfernen.</translation>
    </message>
</context>
<context>
    <name>Legend</name>
    <message>
        <source>More curves</source>
        <translation>Weitere Kurven</translation>
    </message>
    <message>
        <source>Hide {0}</source>
        <translation>{0} ausblenden</translation>
    </message>
    <message>
        <source>Show {0}</source>
        <translation>{0} zeigen</translation>
    </message>
</context>
<context>
    <name>LogView</name>
    <message>
        <source>All</source>
        <translation>Alle</translation>
    </message>
    <message>
        <source>Warnings and errors</source>
        <translation>Warnungen und Fehler</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>Stufe</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>Filter</translation>
    </message>
    <message>
        <source>Save the log as text</source>
        <translation>Protokoll als Text speichern</translation>
    </message>
    <message>
        <source>Messages from the engine appear here.</source>
        <translation>Meldungen der Engine erscheinen hier.</translation>
    </message>
    <message>
        <source>Save the log</source>
        <translation>Protokoll speichern</translation>
    </message>
    <message>
        <source>Text (*.txt)</source>
        <translation>Text (*.txt)</translation>
    </message>
</context>
<context>
    <name>MachineCard</name>
    <message>
        <source>Check</source>
        <translation>Prüfen</translation>
    </message>
    <message>
        <source>Install…</source>
        <translation>Installieren…</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Install this version there, in a folder of its own.</source>
        <translation>Diese Version dort in einem eigenen Ordner installieren.</translation>
    </message>
    <message>
        <source>Not checked yet</source>
        <translation>Noch nicht geprüft</translation>
    </message>
    <message numerus="yes">
        <source>%n processes, {0}</source>
        <translation>
            <numerusform>%n Prozess, {0}</numerusform>
            <numerusform>%n Prozesse, {0}</numerusform>
        </translation>
    </message>
    <message>
        <source>Connecting…</source>
        <translation>Verbindung wird aufgebaut…</translation>
    </message>
    <message>
        <source>{0} of memory</source>
        <translation>{0} Speicher</translation>
    </message>
    <message>
        <source>{0} free on the disk</source>
        <translation>{0} frei auf dem Datenträger</translation>
    </message>
    <message>
        <source>version {0}</source>
        <translation>Version {0}</translation>
    </message>
    <message>
        <source>Follow</source>
        <translation>Folgen</translation>
    </message>
    <message>
        <source>Nothing runs there.</source>
        <translation>Dort läuft nichts.</translation>
    </message>
    <message numerus="yes">
        <source>%n more run.</source>
        <translation>
            <numerusform>%n weiterer läuft.</numerusform>
            <numerusform>%n weitere laufen.</numerusform>
        </translation>
    </message>
    <message>
        <source>compression-studio {version} goes to {name} ({where}), into a folder of its own. Torch and other libraries are fetched there from the package index, which takes some minutes and some GB.</source>
        <translation>compression-studio {version} kommt auf {name} ({where}) in einen eigenen Ordner. Torch und andere Bibliotheken werden dort vom Paketindex geladen, was einige Minuten und einige GB braucht.</translation>
    </message>
    <message>
        <source>Install</source>
        <translation>Installieren</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Install there?</source>
        <translation>Dort installieren?</translation>
    </message>
    <message>
        <source>Installing…</source>
        <translation>Wird installiert…</translation>
    </message>
</context>
<context>
    <name>MachineChoice</name>
    <message>
        <source>Machines…</source>
        <translation>Rechner…</translation>
    </message>
    <message>
        <source>One process</source>
        <translation>Ein Prozess</translation>
    </message>
    <message>
        <source>DDP: each GPU has the whole model</source>
        <translation>DDP: Jede GPU hat das ganze Modell</translation>
    </message>
    <message>
        <source>FSDP2: the weights are split over the GPUs</source>
        <translation>FSDP2: Die Gewichte sind auf die GPUs verteilt</translation>
    </message>
    <message numerus="yes">
        <source>%n processes, {0}</source>
        <translation>
            <numerusform>%n Prozess, {0}</numerusform>
            <numerusform>%n Prozesse, {0}</numerusform>
        </translation>
    </message>
    <message>
        <source>Use my Hugging Face token there</source>
        <translation>Mein Hugging-Face-Token dort verwenden</translation>
    </message>
    <message>
        <source>For models that only your account may download. The token is sent for each run and not stored there.</source>
        <translation>Für Modelle, die nur Ihr Konto herunterladen darf. Das Token wird für jeden Lauf gesendet und dort nicht gespeichert.</translation>
    </message>
    <message>
        <source>, {0} × {1}</source>
        <translation>, {0} × {1}</translation>
    </message>
    <message>
        <source>On {0}</source>
        <translation>Auf {0}</translation>
    </message>
    <message>
        <source>On this computer</source>
        <translation>Auf diesem Rechner</translation>
    </message>
</context>
<context>
    <name>Machines</name>
    <message>
        <source>Fetching the run from {0}…</source>
        <translation>Der Lauf wird von {0} geholt…</translation>
    </message>
    <message>
        <source>The weights of this run are on this computer.</source>
        <translation>Die Gewichte dieses Laufs sind auf diesem Rechner.</translation>
    </message>
    <message>
        <source>Connecting to {0}…</source>
        <translation>Verbindung zu {0} wird aufgebaut…</translation>
    </message>
    <message>
        <source>Fetched: {0}</source>
        <translation>Geholt: {0}</translation>
    </message>
</context>
<context>
    <name>MachinesWindow</name>
    <message>
        <source>Machines</source>
        <translation>Rechner</translation>
    </message>
    <message>
        <source>Machines that ssh reaches without asking for a password. Runs continue there when the connection is lost; the models and texts that they need are uploaded.</source>
        <translation>Rechner, die ssh ohne Passwortabfrage erreicht. Läufe gehen dort weiter, wenn die Verbindung abreißt; benötigte Modelle und Texte werden übertragen.</translation>
    </message>
    <message>
        <source>Add a machine…</source>
        <translation>Rechner hinzufügen…</translation>
    </message>
    <message>
        <source>No machine yet</source>
        <translation>Noch kein Rechner</translation>
    </message>
    <message>
        <source>Add one by what you give to ssh, such as user@host.</source>
        <translation>Hinzufügen mit dem, was ssh bekommt, etwa user@host.</translation>
    </message>
    <message>
        <source>DDP: each GPU has the whole model. FSDP2: the weights are split over the GPUs.</source>
        <translation>DDP: Jede GPU hat das ganze Modell. FSDP2: Die Gewichte sind auf die GPUs verteilt.</translation>
    </message>
    <message>
        <source>What several processes share</source>
        <translation>Was mehrere Prozesse teilen</translation>
    </message>
    <message>
        <source>only with Slurm: srun --gres=gpu:1 --time=8:00:00</source>
        <translation>nur mit Slurm: srun --gres=gpu:1 --time=8:00:00</translation>
    </message>
    <message>
        <source>user@host, or a name of ~/.ssh/config</source>
        <translation>user@host oder ein Name aus ~/.ssh/config</translation>
    </message>
    <message>
        <source>the usual one</source>
        <translation>der übliche</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Destination for ssh</source>
        <translation>Ziel für ssh</translation>
    </message>
    <message>
        <source>Python there</source>
        <translation>Python dort</translation>
    </message>
    <message>
        <source>Workspace there</source>
        <translation>Datenordner dort</translation>
    </message>
    <message>
        <source>Launcher</source>
        <translation>Startbefehl</translation>
    </message>
    <message>
        <source>Processes</source>
        <translation>Prozesse</translation>
    </message>
    <message>
        <source>As many as there are GPUs: each process computes on one.</source>
        <translation>So viele wie GPUs: Jeder Prozess rechnet auf einer.</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Hinzufügen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Removes “{0}” from this list. Nothing changes on the machine, and its runs continue.</source>
        <translation>{0} wird von dieser Liste genommen. Dort ändert sich nichts, und Läufe gehen weiter.</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Remove this machine?</source>
        <translation>Diesen Rechner entfernen?</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Compression Studio</source>
        <translation>Compression Studio</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>&amp;Bearbeiten</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation>&amp;Lauf</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ansicht</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>Seiten</translation>
    </message>
    <message>
        <source>Home</source>
        <translation>Startseite</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>Werkzeuge</translation>
    </message>
    <message>
        <source>  Find an action     Ctrl+Shift+P</source>
        <translation>  Aktion finden     Strg+Umschalt+P</translation>
    </message>
    <message>
        <source>The machine that runs the pipeline</source>
        <translation>Der Rechner, auf dem gerechnet wird</translation>
    </message>
</context>
<context>
    <name>MemoryChart</name>
    <message>
        <source>Memory</source>
        <translation>Speicher</translation>
    </message>
    <message>
        <source>No memory readings yet</source>
        <translation>Noch keine Speicherwerte</translation>
    </message>
    <message>
        <source>Memory use appears here once a run starts.</source>
        <translation>Die Speichernutzung erscheint hier, sobald ein Lauf beginnt.</translation>
    </message>
    <message>
        <source>Elapsed time</source>
        <translation>Verstrichene Zeit</translation>
    </message>
    <message>
        <source>Process</source>
        <translation>Prozess</translation>
    </message>
    <message>
        <source>Process, peak</source>
        <translation>Prozess, Spitze</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>Gerät</translation>
    </message>
    <message>
        <source>Device, peak</source>
        <translation>Gerät, Spitze</translation>
    </message>
    <message>
        <source>elapsed</source>
        <translation>vergangen</translation>
    </message>
</context>
<context>
    <name>MethodPicker</name>
    <message>
        <source>Search methods</source>
        <translation>Methoden suchen</translation>
    </message>
    <message>
        <source>No matching methods.</source>
        <translation>Keine passenden Methoden.</translation>
    </message>
</context>
<context>
    <name>MetricChart</name>
    <message>
        <source>By layer</source>
        <translation>Nach Schicht</translation>
    </message>
    <message>
        <source>Nothing to plot</source>
        <translation>Nichts zu zeichnen</translation>
    </message>
    <message>
        <source>No layer has a value for this metric.</source>
        <translation>Keine Schicht hat einen Wert für diese Metrik.</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Metric</source>
        <translation>Metrik</translation>
    </message>
    <message>
        <source>{0} by layer</source>
        <translation>{0} je Schicht</translation>
    </message>
</context>
<context>
    <name>MiniMap</name>
    <message>
        <source>Map of the pipeline</source>
        <translation>Karte der Pipeline</translation>
    </message>
</context>
<context>
    <name>ModelDialog</name>
    <message>
        <source>Open a model</source>
        <translation>Modell öffnen</translation>
    </message>
    <message>
        <source>Stop download</source>
        <translation>Download stoppen</translation>
    </message>
    <message>
        <source>Folder, GGUF file, or owner/name on the hub</source>
        <translation>Ordner, GGUF-Datei oder owner/name auf dem Hub</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Revision</source>
        <translation>Revision</translation>
    </message>
    <message>
        <source>Branch, tag or commit on the hub. Leave empty for the latest.</source>
        <translation>Branch, Tag oder Commit auf dem Hub. Leer für den neuesten Stand.</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>Ordner…</translation>
    </message>
    <message>
        <source>GGUF file…</source>
        <translation>GGUF-Datei…</translation>
    </message>
    <message>
        <source>Recent models</source>
        <translation>Zuletzt verwendete Modelle</translation>
    </message>
    <message>
        <source>Recent</source>
        <translation>Zuletzt verwendet</translation>
    </message>
    <message>
        <source>Layers, shapes and sizes are read from the file headers. No weights are loaded.</source>
        <translation>Schichten, Formen und Größen stehen in den Dateiköpfen. Es werden keine Gewichte geladen.</translation>
    </message>
    <message>
        <source>Choose a model to see its structure</source>
        <translation>Ein Modell auswählen, um seine Struktur zu sehen</translation>
    </message>
    <message>
        <source>Download</source>
        <translation>Herunterladen</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Add to the canvas</source>
        <translation>Zur Zeichenfläche hinzufügen</translation>
    </message>
    <message>
        <source>Reading the headers…</source>
        <translation>Dateiköpfe werden gelesen…</translation>
    </message>
    <message>
        <source>No structure to show</source>
        <translation>Keine Struktur zu zeigen</translation>
    </message>
    <message>
        <source>Choose another model or correct the name.</source>
        <translation>Ein anderes Modell auswählen oder den Namen korrigieren.</translation>
    </message>
    <message>
        <source>Model folder</source>
        <translation>Modellordner</translation>
    </message>
    <message>
        <source>GGUF file</source>
        <translation>GGUF-Datei</translation>
    </message>
    <message>
        <source>GGUF (*.gguf);;All files (*)</source>
        <translation>GGUF (*.gguf);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Sample model</source>
        <translation>Beispielmodell</translation>
    </message>
    <message>
        <source>Contacting the hub about {model}…</source>
        <translation>Der Hub wird nach {model} gefragt…</translation>
    </message>
    <message>
        <source>Downloaded to {folder}.</source>
        <translation>Heruntergeladen nach {folder}.</translation>
    </message>
    <message>
        <source>The download was stopped. Click Download to continue where it stopped.</source>
        <translation>Der Download wurde gestoppt. „Herunterladen“ setzt ihn fort.</translation>
    </message>
</context>
<context>
    <name>ModelEditor</name>
    <message>
        <source>Folder, GGUF file or hub id</source>
        <translation>Ordner, GGUF-Datei oder Hub-ID</translation>
    </message>
    <message>
        <source>Model folder…</source>
        <translation>Modellordner…</translation>
    </message>
    <message>
        <source>GGUF file…</source>
        <translation>GGUF-Datei…</translation>
    </message>
    <message>
        <source>Model folder</source>
        <translation>Modellordner</translation>
    </message>
    <message>
        <source>GGUF file</source>
        <translation>GGUF-Datei</translation>
    </message>
</context>
<context>
    <name>Opening</name>
    <message>
        <source>No program is set up to open this file: {0}</source>
        <translation>Für diese Datei ist kein Programm eingerichtet: {0}</translation>
    </message>
</context>
<context>
    <name>OpeningLinesView</name>
    <message>
        <source>Program</source>
        <translation>Programm</translation>
    </message>
    <message>
        <source>Lines</source>
        <translation>Zeilen</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Open in</source>
        <translation>Öffnen in</translation>
    </message>
</context>
<context>
    <name>OptionalEditor</name>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>{0}: automatic</source>
        <translation>{0}: automatisch</translation>
    </message>
</context>
<context>
    <name>Outline</name>
    <message>
        <source>Pipeline outline</source>
        <translation>Gliederung der Pipeline</translation>
    </message>
    <message>
        <source>Insert adds a method, Delete removes a block, Ctrl+Up and Ctrl+Down reorder, Enter opens the settings.</source>
        <translation>Einfg fügt eine Methode hinzu, Entf entfernt einen Block, Strg+Auf und Strg+Ab ordnen um, Eingabe öffnet die Einstellungen.</translation>
    </message>
    <message>
        <source>Add method…</source>
        <translation>Methode hinzufügen…</translation>
    </message>
    <message>
        <source>Move up</source>
        <translation>Nach oben</translation>
    </message>
    <message>
        <source>Move down</source>
        <translation>Nach unten</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
</context>
<context>
    <name>Palette</name>
    <message>
        <source>Drag onto the canvas, or press Enter to add after the selected block.</source>
        <translation>Auf die Zeichenfläche ziehen; die Eingabetaste fügt hinter dem gewählten Block ein.</translation>
    </message>
    <message>
        <source>Methods</source>
        <translation>Methoden</translation>
    </message>
</context>
<context>
    <name>Panel</name>
    <message>
        <source>Loading…</source>
        <translation>Wird geladen…</translation>
    </message>
</context>
<context>
    <name>ParallelChart</name>
    <message>
        <source>Parallel coordinates</source>
        <translation>Parallele Koordinaten</translation>
    </message>
    <message numerus="yes">
        <source>%n results: {names}</source>
        <translation>
            <numerusform>%n Ergebnis: {names}</numerusform>
            <numerusform>%n Ergebnisse: {names}</numerusform>
        </translation>
    </message>
    <message>
        <source>Run a sweep or select several results. Each one becomes a line across the settings and metrics that differ.</source>
        <translation>Einen Sweep ausführen oder mehrere Ergebnisse auswählen. Jedes wird eine Linie durch die Einstellungen und Metriken, die sich unterscheiden.</translation>
    </message>
</context>
<context>
    <name>ParetoChart</name>
    <message>
        <source>Pareto front</source>
        <translation>Pareto-Front</translation>
    </message>
    <message>
        <source>Nothing to plot</source>
        <translation>Nichts zu zeichnen</translation>
    </message>
    <message>
        <source>No result has both values. Run a pipeline or choose other axes.</source>
        <translation>Kein Ergebnis hat beide Werte. Eine Pipeline ausführen oder andere Achsen wählen.</translation>
    </message>
    <message>
        <source>Axis</source>
        <translation>Achse</translation>
    </message>
    <message>
        <source>Pareto front ({count} not comparable)</source>
        <translation>Pareto-Front ({count} nicht vergleichbar)</translation>
    </message>
</context>
<context>
    <name>PastRuns</name>
    <message>
        <source>Restore the pipeline of the run at {0}</source>
        <translation>Die Pipeline des Laufs um {0} wiederherstellen</translation>
    </message>
</context>
<context>
    <name>PipelineScene</name>
    <message>
        <source>Edit comment</source>
        <translation>Kommentar bearbeiten</translation>
    </message>
</context>
<context>
    <name>PlanMap</name>
    <message>
        <source>Format of each layer</source>
        <translation>Format jeder Schicht</translation>
    </message>
    <message>
        <source>No plan yet</source>
        <translation>Noch kein Plan</translation>
    </message>
    <message>
        <source>The format of each layer appears here.</source>
        <translation>Hier erscheint das Format jeder Schicht.</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>{0} in {1}, {2} bits a weight</source>
        <translation>{0} in {1}, {2} Bits je Gewicht</translation>
    </message>
    <message>
        <source>{0} bits a weight</source>
        <translation>{0} Bits je Gewicht</translation>
    </message>
    <message>
        <source>size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>loss</source>
        <translation>Verlust</translation>
    </message>
    <message>
        <source>{0} nats</source>
        <translation>{0} Nats</translation>
    </message>
    <message>
        <source>one up</source>
        <translation>eins höher</translation>
    </message>
    <message>
        <source>one down</source>
        <translation>eins tiefer</translation>
    </message>
</context>
<context>
    <name>PlanModel</name>
    <message>
        <source>Nats that a megabyte of it saves</source>
        <translation>Nats, die ein Megabyte davon spart</translation>
    </message>
    <message>
        <source>Nats lost for each megabyte saved by it</source>
        <translation>Verlorene Nats je eingespartem Megabyte</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Layers that have one format: by role and number of the decoder layer</source>
        <translation>Schichten mit gleichem Format: nach Rolle und Nummer der Decoder-Schicht</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>How it is stored</source>
        <translation>Speicherformat</translation>
    </message>
    <message>
        <source>Bits</source>
        <translation>Bits</translation>
    </message>
    <message>
        <source>Bits of a weight, scales included</source>
        <translation>Bits je Gewicht, samt Skalen</translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation>Bytes</translation>
    </message>
    <message>
        <source>Bytes in the file</source>
        <translation>Bytes in der Datei</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>Verlust</translation>
    </message>
    <message>
        <source>Predicted KL divergence of this unit alone, in nats a token</source>
        <translation>Vorhergesagte KL-Divergenz dieser Einheit allein, in Nats je Token</translation>
    </message>
    <message>
        <source>One step up</source>
        <translation>Eine Stufe höher</translation>
    </message>
    <message>
        <source>The next larger format, and what it changes</source>
        <translation>Das nächstgrößere Format und was es ändert</translation>
    </message>
    <message>
        <source>Nats/MB</source>
        <translation>Nats/MB</translation>
    </message>
    <message>
        <source>One step down</source>
        <translation>Eine Stufe tiefer</translation>
    </message>
    <message>
        <source>The next smaller format, and what it changes</source>
        <translation>Das nächstkleinere Format und was es ändert</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Warum</translation>
    </message>
    <message>
        <source>Why it is not another one</source>
        <translation>Warum es kein anderes ist</translation>
    </message>
</context>
<context>
    <name>PlanView</name>
    <message>
        <source>Check (F7) estimates the memory, disk space and time of a run.</source>
        <translation>Prüfen (F7) schätzt Speicher, Plattenplatz und Zeit eines Laufs.</translation>
    </message>
    <message>
        <source>No estimate yet</source>
        <translation>Noch keine Schätzung</translation>
    </message>
    <message>
        <source>Peak memory</source>
        <translation>Spitzenspeicher</translation>
    </message>
    <message>
        <source>Disk</source>
        <translation>Datenträger</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Estimated on {0}, for its device.</source>
        <translation>Geschätzt auf {0}, für das Gerät dort.</translation>
    </message>
    <message>
        <source>{need} of {free} free</source>
        <translation>{need} von {free} frei</translation>
    </message>
    <message>
        <source>{need}, {free} free</source>
        <translation>{need}, {free} frei</translation>
    </message>
    <message>
        <source>{0} of it is in use already.</source>
        <translation>{0} davon sind schon belegt.</translation>
    </message>
    <message>
        <source>no new blocks</source>
        <translation>keine neuen Blöcke</translation>
    </message>
    <message>
        <source>unknown until it runs</source>
        <translation>unbekannt bis zum Lauf</translation>
    </message>
    <message>
        <source>{now} ({quiet} if idle)</source>
        <translation>{now} ({quiet} im Leerlauf)</translation>
    </message>
    <message>
        <source>Block</source>
        <translation>Block</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Speicher</translation>
    </message>
    <message>
        <source>cached</source>
        <translation>aus Cache</translation>
    </message>
    <message>
        <source>Evaluation</source>
        <translation>Evaluation</translation>
    </message>
</context>
<context>
    <name>PlotTile</name>
    <message>
        <source>Curves</source>
        <translation>Kurven</translation>
    </message>
    <message>
        <source>Check the curves to show; double-click one to show it alone</source>
        <translation>Kurven ankreuzen, die gezeigt werden; Doppelklick zeigt eine allein</translation>
    </message>
    <message>
        <source>{what} of {block}</source>
        <translation>{what} von {block}</translation>
    </message>
</context>
<context>
    <name>Preferences</name>
    <message>
        <source>Preferences</source>
        <translation>Programmeinstellungen</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>Aussehen</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>Dateien</translation>
    </message>
    <message>
        <source>Hub</source>
        <translation>Hub</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>Gerät</translation>
    </message>
    <message>
        <source>Defaults</source>
        <translation>Vorgaben</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Same as the system</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>High contrast</source>
        <translation>Hoher Kontrast</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>&amp;Farbschema</translation>
    </message>
    <message>
        <source>Text &amp;size</source>
        <translation>Schrift&amp;größe</translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation>&amp;Sprache</translation>
    </message>
    <message>
        <source>Set by the environment variable {0}.</source>
        <translation>Durch die Umgebungsvariable {0} festgelegt.</translation>
    </message>
    <message>
        <source>Used after a restart. Settings and messages of methods are in English.</source>
        <translation>Gilt nach einem Neustart. Einstellungen und Meldungen der Methoden sind auf Englisch.</translation>
    </message>
    <message>
        <source>Change…</source>
        <translation>Ändern…</translation>
    </message>
    <message>
        <source>Data folder</source>
        <translation>Datenordner</translation>
    </message>
    <message>
        <source>Runs, artifacts and caches. A new folder is used after a restart. Files are not moved.</source>
        <translation>Läufe, Artefakte und Caches. Ein neuer Ordner gilt nach einem Neustart. Dateien werden nicht verschoben.</translation>
    </message>
    <message>
        <source>Calculating…</source>
        <translation>Wird berechnet…</translation>
    </message>
    <message>
        <source>Disk usage</source>
        <translation>Belegter Platz</translation>
    </message>
    <message>
        <source>Delete unused data</source>
        <translation>Ungenutzte Daten löschen</translation>
    </message>
    <message>
        <source>Clear cache</source>
        <translation>Cache leeren</translation>
    </message>
    <message>
        <source>no limit</source>
        <translation>keine Grenze</translation>
    </message>
    <message>
        <source>Apply now</source>
        <translation>Jetzt anwenden</translation>
    </message>
    <message>
        <source>Limit artifacts to</source>
        <translation>Artefakte begrenzen</translation>
    </message>
    <message>
        <source>Applied after every run. Unused artifacts are deleted first, then the oldest. Metrics and charts stay.</source>
        <translation>Gilt nach jedem Lauf. Zuerst werden ungenutzte Artefakte gelöscht, dann die ältesten. Metriken und Diagramme bleiben.</translation>
    </message>
    <message>
        <source>The new folder is used after a restart. The present one is not changed.</source>
        <translation>Der neue Ordner gilt nach einem Neustart. Der jetzige bleibt, wie er ist.</translation>
    </message>
    <message>
        <source>The folder can&apos;t be read.</source>
        <translation>Der Ordner ist nicht lesbar.</translation>
    </message>
    <message>
        <source>{total}: artifacts {artifacts} ({unused} unused), runs {runs}, cache {cache}</source>
        <translation>{total}: Artefakte {artifacts} ({unused} ungenutzt), Läufe {runs}, Cache {cache}</translation>
    </message>
    <message>
        <source>A run is in progress. Wait until it ends, then delete data.</source>
        <translation>Ein Lauf ist im Gange. Daten erst löschen, wenn er endet.</translation>
    </message>
    <message>
        <source>Models of the oldest runs are deleted until {0} GB remain. Running a pipeline again recreates them.</source>
        <translation>Die Modelle der ältesten Läufe werden gelöscht, bis {0} GB bleiben. Ein erneuter Lauf der Pipeline erzeugt sie wieder.</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Delete old artifacts?</source>
        <translation>Alte Artefakte löschen?</translation>
    </message>
    <message>
        <source>Not everything could be deleted.</source>
        <translation>Nicht alles konnte gelöscht werden.</translation>
    </message>
    <message>
        <source>{0} freed.</source>
        <translation>{0} freigegeben.</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>Read from “hf auth login” or HF_TOKEN. This program never stores it.</source>
        <translation>Gelesen aus „hf auth login“ oder HF_TOKEN. Dieses Programm speichert es nie.</translation>
    </message>
    <message>
        <source>&amp;Mirror</source>
        <translation>Spie&amp;gelserver</translation>
    </message>
    <message>
        <source>Used after a restart. Leave empty for the hub itself.</source>
        <translation>Gilt nach einem Neustart. Leer für den Hub selbst.</translation>
    </message>
    <message>
        <source>“{0}” is not a valid address. It must begin with https://</source>
        <translation>„{0}“ ist keine gültige Adresse. Sie muss mit https:// beginnen</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>&amp;Compute on</source>
        <translation>&amp;Rechnen auf</translation>
    </message>
    <message>
        <source>Used after a restart. Precision is set for each method and for evaluation: see Defaults.</source>
        <translation>Gilt nach einem Neustart. Die Genauigkeit steht bei jeder Methode und der Evaluation: siehe „Vorgaben“.</translation>
    </message>
    <message>
        <source>“{0}” is not a device: write cpu, cuda, cuda:1, xpu or mps.</source>
        <translation>„{0}“ ist kein Gerät: cpu, cuda, cuda:1, xpu oder mps schreiben.</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>Methode</translation>
    </message>
    <message>
        <source>Evaluation (new pipelines)</source>
        <translation>Evaluation (neue Pipelines)</translation>
    </message>
    <message>
        <source>Initial settings of new blocks. Existing blocks and pipelines do not change.</source>
        <translation>Anfangswerte neuer Blöcke. Vorhandene Blöcke und Pipelines ändern sich nicht.</translation>
    </message>
</context>
<context>
    <name>ProblemList</name>
    <message>
        <source>Problems</source>
        <translation>Probleme</translation>
    </message>
    <message>
        <source>No problems.</source>
        <translation>Keine Probleme.</translation>
    </message>
</context>
<context>
    <name>PushDialog</name>
    <message>
        <source>Push to the hub</source>
        <translation>Auf den Hub hochladen</translation>
    </message>
    <message>
        <source>Only the files of the export are sent, in one commit, with your token from “hf auth login” or HF_TOKEN. Files that the hub already has are not sent again.</source>
        <translation>Nur die Dateien des Exports werden gesendet, in einem Commit, mit dem Token aus „hf auth login“ oder HF_TOKEN. Was der Hub schon hat, wird nicht noch einmal gesendet.</translation>
    </message>
    <message>
        <source>owner/name, or a name in your account</source>
        <translation>owner/name oder ein Name im eigenen Konto</translation>
    </message>
    <message>
        <source>Visibility</source>
        <translation>Sichtbarkeit</translation>
    </message>
    <message>
        <source>Private</source>
        <translation>Privat</translation>
    </message>
    <message>
        <source>Public</source>
        <translation>Öffentlich</translation>
    </message>
    <message>
        <source>Of a new repository. An existing one stays as it is.</source>
        <translation>Eines neuen Repositorys. Ein vorhandenes bleibt, wie es ist.</translation>
    </message>
    <message>
        <source>Replace files in a repository that holds others</source>
        <translation>Dateien in einem Repository ersetzen, das andere enthält</translation>
    </message>
    <message>
        <source>Repository</source>
        <translation>Repository</translation>
    </message>
    <message>
        <source>Branch</source>
        <translation>Branch</translation>
    </message>
    <message>
        <source>Commit message</source>
        <translation>Commit-Nachricht</translation>
    </message>
    <message>
        <source>Open page</source>
        <translation>Seite öffnen</translation>
    </message>
    <message>
        <source>Copy address</source>
        <translation>Adresse kopieren</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Push</source>
        <translation>Hochladen</translation>
    </message>
    <message>
        <source>Upload {0}</source>
        <translation>{0} hochladen</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>Wird gestartet…</translation>
    </message>
    <message>
        <source>No program is set up to open this page: {0}</source>
        <translation>Für diese Seite ist kein Programm eingerichtet: {0}</translation>
    </message>
    <message>
        <source>The push was stopped. Nothing was published. Push again to continue where it stopped.</source>
        <translation>Das Hochladen wurde gestoppt. Es wurde nichts veröffentlicht. Erneutes Hochladen setzt es fort.</translation>
    </message>
</context>
<context>
    <name>QueueDialog</name>
    <message>
        <source>Queue</source>
        <translation>Warteschlange</translation>
    </message>
    <message>
        <source>Running and queued pipelines</source>
        <translation>Laufende und wartende Pipelines</translation>
    </message>
    <message>
        <source>Move up</source>
        <translation>Nach oben</translation>
    </message>
    <message>
        <source>Move down</source>
        <translation>Nach unten</translation>
    </message>
    <message>
        <source>Run on</source>
        <translation>Ausführen auf</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Show run</source>
        <translation>Lauf zeigen</translation>
    </message>
    <message>
        <source>Cancel run</source>
        <translation>Lauf abbrechen</translation>
    </message>
    <message>
        <source>Pause queue</source>
        <translation>Warteschlange anhalten</translation>
    </message>
    <message>
        <source>Start no further runs. Current runs continue.</source>
        <translation>Nichts mehr starten. Was läuft, läuft weiter.</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Continue queue</source>
        <translation>Warteschlange fortsetzen</translation>
    </message>
    <message>
        <source>reconnecting</source>
        <translation>verbindet sich neu</translation>
    </message>
    <message>
        <source>shown</source>
        <translation>gezeigt</translation>
    </message>
    <message>
        <source>{0} of memory</source>
        <translation>{0} Speicher</translation>
    </message>
    <message>
        <source>no estimate: {0}</source>
        <translation>keine Schätzung: {0}</translation>
    </message>
    <message>
        <source>estimated when it starts</source>
        <translation>wird beim Start geschätzt</translation>
    </message>
    <message>
        <source>no estimate yet</source>
        <translation>noch keine Schätzung</translation>
    </message>
    <message>
        <source>on {0}</source>
        <translation>auf {0}</translation>
    </message>
    <message>
        <source>on this computer</source>
        <translation>auf diesem Rechner</translation>
    </message>
    <message>
        <source>The queue is empty. Run › Add to queue adds the open pipeline.</source>
        <translation>Die Warteschlange ist leer. Lauf › Einreihen fügt die offene Pipeline hinzu.</translation>
    </message>
    <message>
        <source>Paused. </source>
        <translation>Angehalten. </translation>
    </message>
    <message>
        <source>The end time is known once all pipelines have estimates.</source>
        <translation>Das Ende ist bekannt, sobald alle Pipelines geschätzt sind.</translation>
    </message>
    <message>
        <source>Paused. {0} in total.</source>
        <translation>Angehalten. Insgesamt {0}.</translation>
    </message>
    <message>
        <source>About {0} in total, done at about {1}.</source>
        <translation>Insgesamt etwa {0}, fertig gegen {1}.</translation>
    </message>
    <message>
        <source>This computer</source>
        <translation>Dieser Rechner</translation>
    </message>
</context>
<context>
    <name>QuickMenu</name>
    <message>
        <source>Add a method</source>
        <translation>Methode hinzufügen</translation>
    </message>
</context>
<context>
    <name>RecentMenu</name>
    <message>
        <source>Open &amp;recent</source>
        <translation>&amp;Zuletzt geöffnet</translation>
    </message>
    <message>
        <source>No recent pipelines</source>
        <translation>Keine zuletzt verwendeten Pipelines</translation>
    </message>
</context>
<context>
    <name>RecoveryOffer</name>
    <message>
        <source>Recover</source>
        <translation>Wiederherstellen</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>Verwerfen</translation>
    </message>
    <message>
        <source>“{name}” has unsaved changes from {when}; the studio did not close properly.</source>
        <translation>„{name}“ hat nicht gespeicherte Änderungen von {when}; das Programm wurde nicht ordentlich beendet.</translation>
    </message>
</context>
<context>
    <name>ReportWindow</name>
    <message>
        <source>Report: {0}</source>
        <translation>Bericht: {0}</translation>
    </message>
    <message>
        <source>Report</source>
        <translation>Bericht</translation>
    </message>
</context>
<context>
    <name>ResponsivenessDialog</name>
    <message>
        <source>Responsiveness</source>
        <translation>Reaktionszeit</translation>
    </message>
    <message>
        <source>Median</source>
        <translation>Median</translation>
    </message>
    <message>
        <source>95th percentile</source>
        <translation>95. Perzentil</translation>
    </message>
    <message>
        <source>99th percentile</source>
        <translation>99. Perzentil</translation>
    </message>
    <message>
        <source>Maximum</source>
        <translation>Maximum</translation>
    </message>
    <message>
        <source>Over {0} ms</source>
        <translation>Über {0} ms</translation>
    </message>
    <message>
        <source>Delay of this window&apos;s events over the last minute.</source>
        <translation>Verzögerung der Ereignisse dieses Fensters in der letzten Minute.</translation>
    </message>
</context>
<context>
    <name>ResultCard</name>
    <message>
        <source>Open folder</source>
        <translation>Ordner öffnen</translation>
    </message>
    <message>
        <source>Copy path</source>
        <translation>Pfad kopieren</translation>
    </message>
    <message>
        <source>Push to the hub…</source>
        <translation>Auf den Hub hochladen…</translation>
    </message>
    <message>
        <source>After writing, a fresh process loads the files and compares their predictions with the result&apos;s.</source>
        <translation>Nach dem Schreiben lädt ein neuer Prozess die Dateien und vergleicht ihre Vorhersagen mit denen des Ergebnisses.</translation>
    </message>
    <message>
        <source>Nothing exported yet</source>
        <translation>Noch nichts exportiert</translation>
    </message>
    <message>
        <source>The result appears here after the files have been loaded and compared.</source>
        <translation>Das Ergebnis erscheint hier, nachdem die Dateien geladen und verglichen wurden.</translation>
    </message>
    <message>
        <source>Not verified yet</source>
        <translation>Noch nicht geprüft</translation>
    </message>
    <message>
        <source>{title}: written and verified</source>
        <translation>{title}: geschrieben und geprüft</translation>
    </message>
    <message>
        <source>{title}: written, checked by this program only</source>
        <translation>{title}: geschrieben, nur von diesem Programm geprüft</translation>
    </message>
    <message>
        <source>{title}: written, but could not be verified here</source>
        <translation>{title}: geschrieben, konnte hier aber nicht geprüft werden</translation>
    </message>
    <message>
        <source>{title}: written, but verification failed</source>
        <translation>{title}: geschrieben, aber die Prüfung schlug fehl</translation>
    </message>
    <message>
        <source> ({0:+.2f} % from the estimate)</source>
        <translation> ({0:+.2f} % gegenüber der Schätzung)</translation>
    </message>
    <message>
        <source>, as expected</source>
        <translation>, wie erwartet</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Largest logit difference</source>
        <translation>Größte Logit-Differenz</translation>
    </message>
    <message>
        <source>… in standard deviations</source>
        <translation>… in Standardabweichungen</translation>
    </message>
    <message>
        <source>Allowed</source>
        <translation>Erlaubt</translation>
    </message>
    <message>
        <source>KL divergence</source>
        <translation>KL-Divergenz</translation>
    </message>
    <message>
        <source>Same top-1 token</source>
        <translation>Gleiches Top-1-Token</translation>
    </message>
    <message>
        <source>Verification time</source>
        <translation>Dauer der Prüfung</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Inspect layers</source>
        <translation>Schichten untersuchen</translation>
    </message>
    <message>
        <source>Compare as {letter}</source>
        <translation>Als {letter} vergleichen</translation>
    </message>
</context>
<context>
    <name>ResultsPanel</name>
    <message>
        <source>Filter results</source>
        <translation>Ergebnisse filtern</translation>
    </message>
    <message>
        <source>Filter: ppl&lt;25</source>
        <translation>Filter: ppl&lt;25</translation>
    </message>
    <message>
        <source>Filter by words and limits, such as gptq ppl&lt;25 size&lt;50MB bits&lt;=4</source>
        <translation>Nach Wörtern und Grenzen filtern, etwa gptq ppl&lt;25 size&lt;50MB bits&lt;=4</translation>
    </message>
    <message>
        <source>Group by</source>
        <translation>Gruppieren nach</translation>
    </message>
    <message>
        <source>By {0}</source>
        <translation>Nach {0}</translation>
    </message>
    <message>
        <source>No grouping</source>
        <translation>Nicht gruppiert</translation>
    </message>
    <message>
        <source>Results shown</source>
        <translation>Gezeigte Ergebnisse</translation>
    </message>
    <message>
        <source>This pipeline</source>
        <translation>Diese Pipeline</translation>
    </message>
    <message>
        <source>All pipelines</source>
        <translation>Alle Pipelines</translation>
    </message>
    <message>
        <source>Show all results</source>
        <translation>Alle Ergebnisse zeigen</translation>
    </message>
    <message>
        <source>{shown} of {count}</source>
        <translation>{shown} von {count}</translation>
    </message>
    <message numerus="yes">
        <source>This pipeline has no results yet. There are %n of other pipelines.</source>
        <translation>
            <numerusform>Diese Pipeline hat noch keine Ergebnisse. Es gibt %n von einer anderen Pipeline.</numerusform>
            <numerusform>Diese Pipeline hat noch keine Ergebnisse. Es gibt %n von anderen Pipelines.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n results</source>
        <translation>
            <numerusform>%n Ergebnis</numerusform>
            <numerusform>%n Ergebnisse</numerusform>
        </translation>
    </message>
    <message>
        <source>Show this run</source>
        <translation>Diesen Lauf zeigen</translation>
    </message>
    <message>
        <source>Clear baseline</source>
        <translation>Referenz aufheben</translation>
    </message>
    <message>
        <source>Use as baseline</source>
        <translation>Als Referenz verwenden</translation>
    </message>
    <message>
        <source>Compare selected</source>
        <translation>Auswahl vergleichen</translation>
    </message>
    <message>
        <source>All results</source>
        <translation>Alle Ergebnisse</translation>
    </message>
    <message>
        <source>Compare all results with the selected one; click again to stop</source>
        <translation>Alle Ergebnisse mit dem gewählten vergleichen; ein zweiter Klick beendet es</translation>
    </message>
    <message>
        <source>Baseline</source>
        <translation>Referenz</translation>
    </message>
    <message>
        <source>Compare two or more selected results, with their layers</source>
        <translation>Zwei oder mehr gewählte Ergebnisse vergleichen, samt ihren Schichten</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleichen</translation>
    </message>
    <message>
        <source>Choose columns</source>
        <translation>Spalten auswählen</translation>
    </message>
    <message>
        <source>Columns</source>
        <translation>Spalten</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Export</translation>
    </message>
    <message>
        <source>Copy or save the table</source>
        <translation>Tabelle kopieren oder speichern</translation>
    </message>
    <message>
        <source>Pareto</source>
        <translation>Pareto</translation>
    </message>
    <message>
        <source>Parallel</source>
        <translation>Parallel</translation>
    </message>
    <message>
        <source>Differences</source>
        <translation>Unterschiede</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Lauf</translation>
    </message>
    <message>
        <source>Size, quality and speed of every result of every run appear here.</source>
        <translation>Größe, Qualität und Tempo jedes Ergebnisses jedes Laufs erscheinen hier.</translation>
    </message>
    <message>
        <source>Reading the results…</source>
        <translation>Ergebnisse werden gelesen…</translation>
    </message>
    <message>
        <source>No results yet</source>
        <translation>Noch keine Ergebnisse</translation>
    </message>
</context>
<context>
    <name>RotationComparison</name>
    <message>
        <source>Compare rotations</source>
        <translation>Rotationen vergleichen</translation>
    </message>
    <message>
        <source>Three rotations were compared.</source>
        <translation>Drei Rotationen wurden verglichen.</translation>
    </message>
    <message>
        <source>Measuring activations of {0}: {1}</source>
        <translation>Aktivierungen von {0} werden gemessen: {1}</translation>
    </message>
</context>
<context>
    <name>RotationPage</name>
    <message>
        <source>stream</source>
        <translation>Residual</translation>
    </message>
    <message>
        <source>q k v in</source>
        <translation>q k v ein</translation>
    </message>
    <message>
        <source>o in</source>
        <translation>o ein</translation>
    </message>
    <message>
        <source>down in</source>
        <translation>down ein</translation>
    </message>
    <message>
        <source>queries</source>
        <translation>Queries</translation>
    </message>
    <message>
        <source>keys</source>
        <translation>Keys</translation>
    </message>
    <message>
        <source>Kurtosis of a token</source>
        <translation>Kurtosis eines Tokens</translation>
    </message>
    <message>
        <source>Kurtosis of all activations</source>
        <translation>Kurtosis aller Aktivierungen</translation>
    </message>
    <message>
        <source>Largest over median magnitude</source>
        <translation>Größter Betrag / Median</translation>
    </message>
    <message>
        <source>Largest magnitude</source>
        <translation>Größter Betrag</translation>
    </message>
    <message>
        <source>Measured on {0} tokens of “{1}”</source>
        <translation>Gemessen auf {0} Token von „{1}“</translation>
    </message>
    <message>
        <source>The original model is missing, so nothing is compared.</source>
        <translation>Das Originalmodell fehlt, daher wird nichts verglichen.</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Vorher</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Nachher</translation>
    </message>
    <message>
        <source>Layer {0}, {1}</source>
        <translation>Schicht {0}, {1}</translation>
    </message>
    <message>
        <source>{0}: distribution</source>
        <translation>{0}: Verteilung</translation>
    </message>
    <message>
        <source>{0}: largest magnitudes</source>
        <translation>{0}: größte Beträge</translation>
    </message>
    <message>
        <source>Metric</source>
        <translation>Metrik</translation>
    </message>
    <message>
        <source>Distribution scale</source>
        <translation>Skala der Verteilung</translation>
    </message>
    <message>
        <source>x / RMS</source>
        <translation>x / RMS</translation>
    </message>
    <message>
        <source>log10(|x| / RMS)</source>
        <translation>log10(|x| / RMS)</translation>
    </message>
    <message>
        <source>Fraction of values per bin</source>
        <translation>Anteil der Werte je Klasse</translation>
    </message>
    <message>
        <source>Merged rotations and their distance from the initial ones</source>
        <translation>Zusammengeführte Rotationen und ihr Abstand von den anfänglichen</translation>
    </message>
    <message>
        <source>Activations</source>
        <translation>Aktivierungen</translation>
    </message>
    <message>
        <source>Distribution</source>
        <translation>Verteilung</translation>
    </message>
    <message>
        <source>Matrices</source>
        <translation>Matrizen</translation>
    </message>
    <message>
        <source>Runs the block without rotation, with a random Hadamard rotation and with a learned one, and compares them.</source>
        <translation>Führt den Block ohne Rotation, mit zufälliger Hadamard-Rotation und mit gelernter Rotation aus und vergleicht die drei.</translation>
    </message>
    <message>
        <source>Compare rotations</source>
        <translation>Rotationen vergleichen</translation>
    </message>
    <message>
        <source>Measure activations</source>
        <translation>Aktivierungen messen</translation>
    </message>
    <message>
        <source>Runs a few texts through the model and its original and shows activation outliers in every layer before and after.</source>
        <translation>Schickt einige Texte durch das Modell und sein Original und zeigt die Ausreißer der Aktivierungen jeder Schicht vorher und nachher.</translation>
    </message>
    <message>
        <source>Effect of a rotation</source>
        <translation>Wirkung einer Rotation</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Rotation</source>
        <translation>Rotation</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Start</translation>
    </message>
    <message>
        <source>Distance</source>
        <translation>Abstand</translation>
    </message>
    <message>
        <source>Mean angle</source>
        <translation>Mittlerer Winkel</translation>
    </message>
    <message>
        <source>Orthogonality error</source>
        <translation>Orthogonalitätsfehler</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>Channel</source>
        <translation>Kanal</translation>
    </message>
</context>
<context>
    <name>RotationsComparison</name>
    <message>
        <source>Rotations side by side</source>
        <translation>Rotationen nebeneinander</translation>
    </message>
    <message>
        <source>Rotation</source>
        <translation>Rotation</translation>
    </message>
    <message>
        <source>Perplexity</source>
        <translation>Perplexität</translation>
    </message>
    <message>
        <source>KL divergence</source>
        <translation>KL-Divergenz</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Kurtosis,
{0}</source>
        <translation>Kurtosis,
{0}</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Kurtosis per token</source>
        <translation>Kurtosis je Token</translation>
    </message>
    <message>
        <source>Activation kurtosis</source>
        <translation>Kurtosis der Aktivierungen</translation>
    </message>
</context>
<context>
    <name>RunController</name>
    <message>
        <source>A run is in progress. Cancel it or wait for it to finish before you open something else.</source>
        <translation>Ein Lauf ist im Gange. Vor dem Öffnen abbrechen oder sein Ende abwarten.</translation>
    </message>
    <message>
        <source>Pausing at the next safe point…</source>
        <translation>Hält am nächsten sicheren Punkt an…</translation>
    </message>
    <message>
        <source>The run continues.</source>
        <translation>Der Lauf geht weiter.</translation>
    </message>
    <message>
        <source>“{block}” stops after this step and keeps its result so far.</source>
        <translation>„{block}“ stoppt nach diesem Schritt und behält das bisherige Ergebnis.</translation>
    </message>
    <message>
        <source>No problems found</source>
        <translation>Keine Probleme gefunden</translation>
    </message>
    <message>
        <source>The check was stopped.</source>
        <translation>Die Prüfung wurde gestoppt.</translation>
    </message>
    <message>
        <source>Paused after “{block}”. Choose Continue to resume.</source>
        <translation>Nach „{block}“ angehalten. „Weiter“ führt den Lauf fort.</translation>
    </message>
    <message>
        <source>Finished in {time}. {what}</source>
        <translation>Fertig in {time}. {what}</translation>
    </message>
    <message>
        <source>Canceled. Finished blocks are saved; Run › Resume a run continues.</source>
        <translation>Abgebrochen. Fertige Blöcke sind gespeichert; Lauf › Lauf fortsetzen macht weiter.</translation>
    </message>
    <message>
        <source>Canceled before the first block started.</source>
        <translation>Abgebrochen, bevor der erste Block begann.</translation>
    </message>
    <message>
        <source>The run failed</source>
        <translation>Der Lauf schlug fehl</translation>
    </message>
</context>
<context>
    <name>RunPage</name>
    <message>
        <source>Notes on this run</source>
        <translation>Notizen zu diesem Lauf</translation>
    </message>
    <message>
        <source>Show this run</source>
        <translation>Diesen Lauf zeigen</translation>
    </message>
    <message>
        <source>Delete run…</source>
        <translation>Lauf löschen…</translation>
    </message>
    <message>
        <source>Select a result</source>
        <translation>Ein Ergebnis auswählen</translation>
    </message>
    <message>
        <source>Details of its run appear here.</source>
        <translation>Einzelheiten seines Laufs erscheinen hier.</translation>
    </message>
</context>
<context>
    <name>RunPanel</name>
    <message>
        <source>Add a model and a method to the canvas, then run the pipeline. The progress of each block appears here.</source>
        <translation>Ein Modell und eine Methode auf die Zeichenfläche legen und die Pipeline ausführen. Der Fortschritt jedes Blocks erscheint hier.</translation>
    </message>
    <message>
        <source>Nothing has run yet</source>
        <translation>Noch nichts ausgeführt</translation>
    </message>
    <message>
        <source>Estimate</source>
        <translation>Schätzung</translation>
    </message>
    <message>
        <source>Problems</source>
        <translation>Probleme</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>Progress of the run</source>
        <translation>Fortschritt des Laufs</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>Bereit</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>Wird geprüft…</translation>
    </message>
    <message>
        <source>Ready to run</source>
        <translation>Bereit zum Ausführen</translation>
    </message>
    <message>
        <source>Ready to run on {0}</source>
        <translation>Bereit zum Ausführen auf {0}</translation>
    </message>
    <message>
        <source>Can&apos;t run: {problems}</source>
        <translation>Nicht ausführbar: {problems}</translation>
    </message>
    <message>
        <source>The check failed</source>
        <translation>Die Prüfung schlug fehl</translation>
    </message>
    <message>
        <source>Run anyway</source>
        <translation>Trotzdem ausführen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>The estimate may be off. If the run fails, finished blocks are saved.</source>
        <translation>Die Schätzung kann danebenliegen. Schlägt der Lauf fehl, sind fertige Blöcke gespeichert.</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Einzelheiten</translation>
    </message>
    <message>
        <source>block {number} of {count}, {title}</source>
        <translation>Block {number} von {count}, {title}</translation>
    </message>
    <message>
        <source>Canceling…</source>
        <translation>Wird abgebrochen…</translation>
    </message>
    <message>
        <source>after {place}</source>
        <translation>nach {place}</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>Angehalten</translation>
    </message>
    <message>
        <source>Stopping early: {what}</source>
        <translation>Stoppt vorzeitig: {what}</translation>
    </message>
    <message>
        <source>Running {what}</source>
        <translation>{what} läuft</translation>
    </message>
    <message>
        <source>Finished; the result is broken</source>
        <translation>Fertig; das Ergebnis ist unbrauchbar</translation>
    </message>
    <message>
        <source>Finished; the result is degraded</source>
        <translation>Fertig; das Ergebnis ist verschlechtert</translation>
    </message>
    <message>
        <source>Finished</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>Outdated: the pipeline changed after this run</source>
        <translation>Veraltet: Die Pipeline wurde nach diesem Lauf geändert</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Fehlgeschlagen</translation>
    </message>
    <message>
        <source>Canceled; finished blocks are saved</source>
        <translation>Abgebrochen; fertige Blöcke sind gespeichert</translation>
    </message>
    <message>
        <source>Interrupted; finished blocks are saved</source>
        <translation>Unterbrochen; fertige Blöcke sind gespeichert</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>Wird gestartet…</translation>
    </message>
    <message>
        <source>Writing the report…</source>
        <translation>Der Bericht wird geschrieben…</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>Läuft</translation>
    </message>
</context>
<context>
    <name>RunQueue</name>
    <message>
        <source>“{0}” is number {1} in the queue.</source>
        <translation>„{0}“ ist Nummer {1} in der Warteschlange.</translation>
    </message>
    <message>
        <source>the model is not there yet</source>
        <translation>das Modell ist noch nicht da</translation>
    </message>
    <message>
        <source>it was canceled</source>
        <translation>sie wurde abgebrochen</translation>
    </message>
    <message>
        <source>“{0}” runs on {1}. Run › Queue shows it.</source>
        <translation>„{0}“ läuft auf {1}. Lauf › Warteschlange zeigt den Lauf.</translation>
    </message>
    <message>
        <source>this computer</source>
        <translation>diesem Rechner</translation>
    </message>
    <message>
        <source>“{0}” finished on {1} after {2}.</source>
        <translation>„{0}“ wurde auf {1} nach {2} fertig.</translation>
    </message>
    <message>
        <source>“{0}” was canceled on {1} after {2}.</source>
        <translation>„{0}“ wurde auf {1} nach {2} abgebrochen.</translation>
    </message>
    <message>
        <source>“{0}” failed on {1} after {2}.</source>
        <translation>„{0}“ schlug auf {1} nach {2} fehl.</translation>
    </message>
</context>
<context>
    <name>RunReports</name>
    <message>
        <source>The report is written when the run ends.</source>
        <translation>Der Bericht wird am Ende des Laufs geschrieben.</translation>
    </message>
    <message>
        <source>Save report</source>
        <translation>Bericht speichern</translation>
    </message>
    <message>
        <source>Report saved to {0}</source>
        <translation>Bericht gespeichert in {0}</translation>
    </message>
</context>
<context>
    <name>RunsBeside</name>
    <message>
        <source>“{0}” continues. Run › Queue shows it.</source>
        <translation>„{0}“ läuft weiter. Lauf › Warteschlange zeigt den Lauf.</translation>
    </message>
</context>
<context>
    <name>RunsDialog</name>
    <message>
        <source>Resume a run</source>
        <translation>Lauf fortsetzen</translation>
    </message>
    <message>
        <source>Past runs</source>
        <translation>Frühere Läufe</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>Läufe</translation>
    </message>
    <message>
        <source>Search by name, state, date or notes</source>
        <translation>Nach Name, Zustand, Datum oder Notizen suchen</translation>
    </message>
    <message>
        <source>Search past runs</source>
        <translation>Frühere Läufe durchsuchen</translation>
    </message>
    <message>
        <source>Notes on this run</source>
        <translation>Notizen zu diesem Lauf</translation>
    </message>
    <message>
        <source>Delete…</source>
        <translation>Löschen…</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Show results</source>
        <translation>Ergebnisse zeigen</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Finished blocks are saved. A resumed run gives the same result as one that was never stopped.</source>
        <translation>Fertige Blöcke sind gespeichert. Ein fortgesetzter Lauf liefert dasselbe Ergebnis wie ein nie gestoppter.</translation>
    </message>
    <message>
        <source>All runs are finished. There is nothing to resume.</source>
        <translation>Alle Läufe sind beendet. Es gibt nichts fortzusetzen.</translation>
    </message>
    <message>
        <source>Nothing has run yet.</source>
        <translation>Noch nichts ausgeführt.</translation>
    </message>
    <message>
        <source>No matching runs.</source>
        <translation>Keine passenden Läufe.</translation>
    </message>
    <message>
        <source>{0} on disk, including models that only this run uses  ·  {1}</source>
        <translation>{0} auf dem Datenträger, samt Modellen, die nur dieser Lauf nutzt  ·  {1}</translation>
    </message>
</context>
<context>
    <name>ScatterChart</name>
    <message>
        <source>Quality by size</source>
        <translation>Qualität nach Größe</translation>
    </message>
    <message>
        <source>Nothing to plot</source>
        <translation>Nichts zu zeichnen</translation>
    </message>
    <message>
        <source>No result has both a quality metric and a size.</source>
        <translation>Kein Ergebnis hat eine Qualitätsmetrik und eine Größe.</translation>
    </message>
    <message>
        <source>Size on disk</source>
        <translation>Größe auf dem Datenträger</translation>
    </message>
    <message>
        <source>Collapsed, not plotted: {0}</source>
        <translation>Kollabiert, nicht gezeichnet: {0}</translation>
    </message>
    <message>
        <source>size</source>
        <translation>Größe</translation>
    </message>
</context>
<context>
    <name>Session</name>
    <message>
        <source>From the run at {when}.</source>
        <translation>Vom Lauf um {when}.</translation>
    </message>
    <message>
        <source>From an earlier run.</source>
        <translation>Von einem früheren Lauf.</translation>
    </message>
    <message>
        <source>Changed since then: {blocks}.</source>
        <translation>Seitdem geändert: {blocks}.</translation>
    </message>
    <message>
        <source>The evaluation settings changed since then: metrics are for the former text.</source>
        <translation>Die Evaluationseinstellungen wurden seitdem geändert: Die Metriken gelten für den früheren Text.</translation>
    </message>
    <message>
        <source>Select one block with a result. Run the pipeline if there is none.</source>
        <translation>Einen Block mit Ergebnis auswählen. Gibt es keinen, die Pipeline ausführen.</translation>
    </message>
</context>
<context>
    <name>SettingsForm</name>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Pipeline</source>
        <translation>Pipeline</translation>
    </message>
    <message>
        <source>Evaluation</source>
        <translation>Evaluation</translation>
    </message>
    <message numerus="yes">
        <source>%n blocks</source>
        <translation>
            <numerusform>%n Block</numerusform>
            <numerusform>%n Blöcke</numerusform>
        </translation>
    </message>
    <message>
        <source>These blocks have no settings in common.</source>
        <translation>Diese Blöcke haben keine gemeinsamen Einstellungen.</translation>
    </message>
    <message>
        <source>The method “{0}” is not installed. Its settings are preserved.</source>
        <translation>Die Methode „{0}“ ist nicht installiert. Ihre Einstellungen bleiben erhalten.</translation>
    </message>
    <message>
        <source>From package {0}</source>
        <translation>Aus Paket {0}</translation>
    </message>
    <message>
        <source>Name of this block: {0}</source>
        <translation>Name dieses Blocks: {0}</translation>
    </message>
    <message>
        <source>Name of this block</source>
        <translation>Name dieses Blocks</translation>
    </message>
    <message>
        <source>Find a setting</source>
        <translation>Einstellung finden</translation>
    </message>
    <message>
        <source>No matching settings.</source>
        <translation>Keine passenden Einstellungen.</translation>
    </message>
    <message>
        <source>Different: {0}</source>
        <translation>Verschieden: {0}</translation>
    </message>
    <message>
        <source>Change {0} of {1}</source>
        <translation>{0} von {1} ändern</translation>
    </message>
    <message numerus="yes">
        <source>Change {0} of %n blocks</source>
        <translation>
            <numerusform>{0} von %n Block ändern</numerusform>
            <numerusform>{0} von %n Blöcken ändern</numerusform>
        </translation>
    </message>
    <message>
        <source>Rename block</source>
        <translation>Block umbenennen</translation>
    </message>
    <message>
        <source>{preset} settings of {block}</source>
        <translation>Einstellungen „{preset}“ von {block}</translation>
    </message>
    <message>
        <source>Change evaluation</source>
        <translation>Evaluation ändern</translation>
    </message>
    <message>
        <source>Change the pipeline&apos;s {0}</source>
        <translation>{0} der Pipeline ändern</translation>
    </message>
    <message>
        <source>automatic</source>
        <translation>automatisch</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>ja</translation>
    </message>
    <message>
        <source>no</source>
        <translation>nein</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>Default: {0}</source>
        <translation>Standard: {0}</translation>
    </message>
    <message>
        <source>Default settings</source>
        <translation>Standardeinstellungen</translation>
    </message>
</context>
<context>
    <name>ShortcutSheet</name>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>Tastenkürzel</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>Bearbeiten</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Lauf</translation>
    </message>
    <message>
        <source>View</source>
        <translation>Ansicht</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>Hilfe</translation>
    </message>
    <message>
        <source>Canvas</source>
        <translation>Zeichenfläche</translation>
    </message>
    <message>
        <source>Find a method to add</source>
        <translation>Eine Methode zum Hinzufügen finden</translation>
    </message>
    <message>
        <source>Tab or /</source>
        <translation>Tab oder /</translation>
    </message>
    <message>
        <source>Compare as A, as B</source>
        <translation>Als A, als B vergleichen</translation>
    </message>
    <message>
        <source>1, 2</source>
        <translation>1, 2</translation>
    </message>
    <message>
        <source>Swap A and B</source>
        <translation>A und B tauschen</translation>
    </message>
    <message>
        <source>Tab</source>
        <translation>Tab</translation>
    </message>
    <message>
        <source>Bypass</source>
        <translation>Überbrücken</translation>
    </message>
    <message>
        <source>B</source>
        <translation>B</translation>
    </message>
    <message>
        <source>Block settings</source>
        <translation>Einstellungen des Blocks</translation>
    </message>
    <message>
        <source>Enter, double click</source>
        <translation>Eingabe, Doppelklick</translation>
    </message>
    <message>
        <source>Select the next block</source>
        <translation>Nächsten Block auswählen</translation>
    </message>
    <message>
        <source>Arrows</source>
        <translation>Pfeiltasten</translation>
    </message>
    <message>
        <source>Move the block</source>
        <translation>Block verschieben</translation>
    </message>
    <message>
        <source>Ctrl+Arrows</source>
        <translation>Strg+Pfeiltasten</translation>
    </message>
    <message>
        <source>Zoom to fit</source>
        <translation>Alles zeigen</translation>
    </message>
    <message>
        <source>F or Home</source>
        <translation>F oder Pos1</translation>
    </message>
    <message>
        <source>Help for a setting</source>
        <translation>Hilfe zu einer Einstellung</translation>
    </message>
    <message>
        <source>F1 in its field</source>
        <translation>F1 in ihrem Feld</translation>
    </message>
    <message>
        <source>Reset a setting</source>
        <translation>Einstellung zurücksetzen</translation>
    </message>
    <message>
        <source>Ctrl+Shift+Backspace</source>
        <translation>Strg+Umschalt+Rücktaste</translation>
    </message>
    <message>
        <source>Back to the canvas</source>
        <translation>Zurück zur Zeichenfläche</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Esc</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>Zoom</translation>
    </message>
    <message>
        <source>Wheel</source>
        <translation>Mausrad</translation>
    </message>
    <message>
        <source>Pan</source>
        <translation>Verschieben</translation>
    </message>
    <message>
        <source>Middle button, Space</source>
        <translation>Mittlere Taste, Leertaste</translation>
    </message>
    <message>
        <source>Insert into a chain</source>
        <translation>In eine Kette einfügen</translation>
    </message>
    <message>
        <source>Drop on a link</source>
        <translation>Auf einer Verbindung ablegen</translation>
    </message>
    <message>
        <source>Quick menu</source>
        <translation>Schnellmenü</translation>
    </message>
    <message>
        <source>Drop a link on empty canvas</source>
        <translation>Eine Verbindung auf leerer Fläche loslassen</translation>
    </message>
</context>
<context>
    <name>SidesChart</name>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>By layer</source>
        <translation>Nach Schicht</translation>
    </message>
    <message>
        <source>Nothing to plot</source>
        <translation>Nichts zu zeichnen</translation>
    </message>
    <message>
        <source>No layer has a value for this metric.</source>
        <translation>Keine Schicht hat einen Wert für diese Metrik.</translation>
    </message>
</context>
<context>
    <name>SidesModel</name>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>Differenz</translation>
    </message>
</context>
<context>
    <name>SizeBar</name>
    <message>
        <source>File size</source>
        <translation>Dateigröße</translation>
    </message>
    <message>
        <source>Bytes that the file may take, from the smallest to the largest</source>
        <translation>Bytes, die die Datei haben darf, von der kleinsten bis zur größten</translation>
    </message>
    <message>
        <source>File size in bytes or percent</source>
        <translation>Dateigröße in Bytes oder Prozent</translation>
    </message>
    <message>
        <source>Type a size such as 60MB, 1.5GB, or a share of the 16-bit size: 40%</source>
        <translation>Eine Größe wie 60MB oder 1.5GB eintippen oder einen Anteil der 16-Bit-Größe: 40%</translation>
    </message>
    <message>
        <source>Memory, context {0}</source>
        <translation>Speicher, Kontext {0}</translation>
    </message>
    <message>
        <source>What the slider chooses</source>
        <translation>Was der Regler wählt</translation>
    </message>
    <message>
        <source>The size of the file, alone or with the keys and values of a context in 16 bits; or the speed</source>
        <translation>Die Größe der Datei, allein oder mit den Keys und Values eines Kontexts in 16 Bit; oder die Geschwindigkeit</translation>
    </message>
    <message>
        <source>Tokens per second</source>
        <translation>Token pro Sekunde</translation>
    </message>
    <message>
        <source>Tokens per second, from the slowest plan to the fastest</source>
        <translation>Token pro Sekunde, vom langsamsten Plan zum schnellsten</translation>
    </message>
    <message>
        <source>Type tokens per second, such as 25</source>
        <translation>Token pro Sekunde eingeben, etwa 25</translation>
    </message>
    <message>
        <source>With its keys and values the smallest file takes {0}</source>
        <translation>Die kleinste Datei braucht mit ihren Keys und Values {0}</translation>
    </message>
    <message>
        <source>The smallest file takes {0}</source>
        <translation>Die kleinste Datei braucht {0}</translation>
    </message>
    <message>
        <source>Type a number of tokens per second, such as 25</source>
        <translation>Eine Zahl von Token pro Sekunde eingeben, etwa 25</translation>
    </message>
    <message>
        <source>The fastest plan writes {0}</source>
        <translation>Der schnellste Plan schreibt {0}</translation>
    </message>
</context>
<context>
    <name>Start</name>
    <message>
        <source>The last session crashed. The crash report is in {0}.</source>
        <translation>Die letzte Sitzung ist abgestürzt. Der Absturzbericht liegt in {0}.</translation>
    </message>
</context>
<context>
    <name>State</name>
    <message>
        <source>Ready</source>
        <translation>Bereit</translation>
    </message>
    <message>
        <source>Queued</source>
        <translation>Wartet</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>Läuft</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>Angehalten</translation>
    </message>
    <message>
        <source>Canceling…</source>
        <translation>Wird abgebrochen…</translation>
    </message>
    <message>
        <source>Cached</source>
        <translation>Aus Cache</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>Warnung</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Fehlgeschlagen</translation>
    </message>
    <message>
        <source>Canceled</source>
        <translation>Abgebrochen</translation>
    </message>
    <message>
        <source>Not run</source>
        <translation>Nicht ausgeführt</translation>
    </message>
    <message>
        <source>Interrupted</source>
        <translation>Unterbrochen</translation>
    </message>
    <message>
        <source>Outdated</source>
        <translation>Veraltet</translation>
    </message>
    <message>
        <source>Needs settings</source>
        <translation>Unvollständig</translation>
    </message>
    <message>
        <source>Bypassed</source>
        <translation>Überbrückt</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>Wird geprüft…</translation>
    </message>
    <message>
        <source>Degraded</source>
        <translation>Verschlechtert</translation>
    </message>
    <message>
        <source>Broken</source>
        <translation>Unbrauchbar</translation>
    </message>
</context>
<context>
    <name>StatusBar</name>
    <message>
        <source> on {0}</source>
        <translation> auf {0}</translation>
    </message>
    <message>
        <source>this computer</source>
        <translation>diesem Rechner</translation>
    </message>
    <message>
        <source>reconnecting</source>
        <translation>verbindet sich neu</translation>
    </message>
    <message>
        <source>{0} on {1}</source>
        <translation>{0} auf {1}</translation>
    </message>
    <message>
        <source>“{0}” on {1}: {2}</source>
        <translation>„{0}“ auf {1}: {2}</translation>
    </message>
    <message>
        <source>{0} more</source>
        <translation>{0} weitere</translation>
    </message>
    <message>
        <source>The compute device is not known yet.</source>
        <translation>Das Rechengerät ist noch nicht bekannt.</translation>
    </message>
    <message>
        <source>{name}: {used} of {total}</source>
        <translation>{name}: {used} von {total}</translation>
    </message>
    <message>
        <source>Compute device: {name} ({device})</source>
        <translation>Rechengerät: {name} ({device})</translation>
    </message>
    <message numerus="yes">
        <source>CPU, %n cores</source>
        <translation>
            <numerusform>CPU, %n Kern</numerusform>
            <numerusform>CPU, %n Kerne</numerusform>
        </translation>
    </message>
    <message>
        <source>{used} · {free} free · load {load:.0f} %</source>
        <translation>{used} · {free} frei · Last {load:.0f} %</translation>
    </message>
    <message>
        <source>Memory of the window, free memory and processor load of this machine. For the memory of the engine process, see Charts › Memory.</source>
        <translation>Speicher des Fensters, freier Speicher und Prozessorlast dieses Rechners. Zum Speicher des Engine-Prozesses siehe Diagramme › Speicher.</translation>
    </message>
</context>
<context>
    <name>StringsEditor</name>
    <message>
        <source>One per line</source>
        <translation>Je Zeile einer</translation>
    </message>
</context>
<context>
    <name>StructureView</name>
    <message>
        <source>Filter tensors</source>
        <translation>Tensoren filtern</translation>
    </message>
    <message>
        <source>Tensors of the model</source>
        <translation>Tensoren des Modells</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Shape</source>
        <translation>Form</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>Typ</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>Parameter</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>scalar</source>
        <translation>Skalar</translation>
    </message>
</context>
<context>
    <name>Studio</name>
    <message>
        <source>What is new</source>
        <translation>Neuigkeiten</translation>
    </message>
    <message>
        <source>Compression Studio was updated from {former} to {version}.</source>
        <translation>Compression Studio wurde von {former} auf {version} aktualisiert.</translation>
    </message>
    <message>
        <source>Blocks</source>
        <translation>Blöcke</translation>
    </message>
    <message>
        <source>Outline</source>
        <translation>Gliederung</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Lauf</translation>
    </message>
    <message>
        <source>Charts</source>
        <translation>Diagramme</translation>
    </message>
    <message>
        <source>Inspector</source>
        <translation>Inspektor</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleich</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>Fit</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>Ergebnisse</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Export</translation>
    </message>
    <message>
        <source>Try it</source>
        <translation>Ausprobieren</translation>
    </message>
    <message>
        <source>{0} stays among the values because it has a result.</source>
        <translation>{0} bleibt unter den Werten, weil es ein Ergebnis hat.</translation>
    </message>
    <message>
        <source>“{0}” was added under Saved blocks.</source>
        <translation>„{0}“ steht jetzt unter „Gespeicherte Blöcke“.</translation>
    </message>
    <message>
        <source>This block has no result yet. Run the pipeline first.</source>
        <translation>Dieser Block hat noch kein Ergebnis. Zuerst die Pipeline ausführen.</translation>
    </message>
</context>
<context>
    <name>SurveyDialog</name>
    <message>
        <source>Survey</source>
        <translation>Methodenvergleich</translation>
    </message>
    <message>
        <source>Methods</source>
        <translation>Methoden</translation>
    </message>
    <message>
        <source>Estimating time and disk space…</source>
        <translation>Zeit und Plattenplatz werden geschätzt…</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Alle</translation>
    </message>
    <message>
        <source>None</source>
        <translation>Keine</translation>
    </message>
    <message>
        <source>Run survey</source>
        <translation>Vergleich starten</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Each method runs on “{0}” in a branch of its own, with the same texts and evaluation. The results are compared in Results. Methods that can&apos;t run on this model are skipped, with the reason.</source>
        <translation>Jede Methode läuft auf „{0}“ in einem eigenen Zweig, mit denselben Texten und derselben Evaluation. Das Panel „Ergebnisse“ stellt sie gegenüber. Methoden, die auf diesem Modell nicht laufen, werden mit Begründung ausgelassen.</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>can&apos;t run on this model</source>
        <translation>läuft auf diesem Modell nicht</translation>
    </message>
    <message>
        <source>Time and disk space are estimated when the survey starts.</source>
        <translation>Zeit und Plattenplatz werden beim Start geschätzt.</translation>
    </message>
    <message>
        <source>About {time} without evaluation, {disk} of {free} free disk space.</source>
        <translation>Etwa {time} ohne Evaluation, {disk} von {free} freiem Plattenplatz.</translation>
    </message>
    <message>
        <source>Some have no time estimate.</source>
        <translation>Für einige gibt es keine Zeitschätzung.</translation>
    </message>
</context>
<context>
    <name>Surveys</name>
    <message>
        <source>Survey of {0}</source>
        <translation>Methodenvergleich auf {0}</translation>
    </message>
    <message>
        <source>Skipped: {0}. {1}</source>
        <translation>Ausgelassen: {0}. {1}</translation>
    </message>
</context>
<context>
    <name>SweepLine</name>
    <message>
        <source>Values to try for {0}</source>
        <translation>Werte zum Probieren für {0}</translation>
    </message>
    <message>
        <source>Add branches</source>
        <translation>Zweige hinzufügen</translation>
    </message>
    <message numerus="yes">
        <source>%n branches, one row each in Results</source>
        <translation>
            <numerusform>%n Zweig, eine Zeile in „Ergebnisse“</numerusform>
            <numerusform>%n Zweige, je eine Zeile in „Ergebnisse“</numerusform>
        </translation>
    </message>
    <message>
        <source>on, off</source>
        <translation>an, aus</translation>
    </message>
    <message>
        <source>Values separated by commas, or a range: {0}</source>
        <translation>Werte mit Kommas getrennt oder ein Bereich: {0}</translation>
    </message>
</context>
<context>
    <name>TextDialog</name>
    <message>
        <source>Texts</source>
        <translation>Texte</translation>
    </message>
    <message>
        <source>Search hub</source>
        <translation>Hub durchsuchen</translation>
    </message>
    <message>
        <source>Search datasets on the hub</source>
        <translation>Datensätze auf dem Hub suchen</translation>
    </message>
    <message>
        <source>File…</source>
        <translation>Datei…</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>Ordner…</translation>
    </message>
    <message>
        <source>All .txt files in a folder, in turn</source>
        <translation>Alle .txt-Dateien eines Ordners, abwechselnd</translation>
    </message>
    <message>
        <source>Beginning of the text</source>
        <translation>Anfang des Textes</translation>
    </message>
    <message>
        <source>Download and preview</source>
        <translation>Herunterladen und ansehen</translation>
    </message>
    <message>
        <source>Use text</source>
        <translation>Text verwenden</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Chosen</source>
        <translation>Ausgewählt</translation>
    </message>
    <message>
        <source>Bundled, for full-size models</source>
        <translation>Mitgeliefert, für Modelle voller Größe</translation>
    </message>
    <message>
        <source>Bundled, for the sample model</source>
        <translation>Mitgeliefert, für das Beispielmodell</translation>
    </message>
    <message>
        <source>No data</source>
        <translation>Ohne Daten</translation>
    </message>
    <message>
        <source>Recent</source>
        <translation>Zuletzt verwendet</translation>
    </message>
    <message>
        <source>The model or its teacher generates the texts. No data is needed.</source>
        <translation>Das Modell oder sein Lehrer erzeugt die Texte. Es werden keine Daten benötigt.</translation>
    </message>
    <message>
        <source>Sample texts for the sample model, mixed texts for all others.</source>
        <translation>Beispieltexte für das Beispielmodell, gemischte Texte für alle anderen.</translation>
    </message>
    <message>
        <source>A dataset on the hub.</source>
        <translation>Ein Datensatz auf dem Hub.</translation>
    </message>
    <message numerus="yes">
        <source>{0} downloads</source>
        <translation>
            <numerusform>{0} Download</numerusform>
            <numerusform>{0} Downloads</numerusform>
        </translation>
    </message>
    <message>
        <source>no license stated</source>
        <translation>keine Lizenz angegeben</translation>
    </message>
    <message>
        <source>gated: accept its terms on the hub</source>
        <translation>zugangsbeschränkt: Bedingungen auf dem Hub annehmen</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Wird gelesen…</translation>
    </message>
    <message>
        <source>{0} characters</source>
        <translation>{0} Zeichen</translation>
    </message>
    <message numerus="yes">
        <source>%n records, {0}</source>
        <translation>
            <numerusform>%n Datensatz, {0}</numerusform>
            <numerusform>%n Datensätze, {0}</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} tokens with this model&apos;s tokenizer</source>
        <translation>{0} Token mit dem Tokenizer dieses Modells</translation>
    </message>
    <message>
        <source>chat template applied</source>
        <translation>mit Chat-Vorlage</translation>
    </message>
    <message>
        <source>no chat template in the tokenizer</source>
        <translation>keine Chat-Vorlage im Tokenizer</translation>
    </message>
    <message>
        <source>held-out split</source>
        <translation>zurückgehaltener Teil</translation>
    </message>
    <message>
        <source>training split</source>
        <translation>Trainingsteil</translation>
    </message>
    <message>
        <source>On the hub</source>
        <translation>Auf dem Hub</translation>
    </message>
    <message>
        <source>Texts (*.txt *.md *.raw *.json *.jsonl *.ndjson);;All files (*)</source>
        <translation>Texte (*.txt *.md *.raw *.json *.jsonl *.ndjson);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>Text</translation>
    </message>
    <message>
        <source>Folder with texts</source>
        <translation>Ordner mit Texten</translation>
    </message>
</context>
<context>
    <name>TextSizeBox</name>
    <message>
        <source>{0} (system)</source>
        <translation>{0} (System)</translation>
    </message>
</context>
<context>
    <name>Timeline</name>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Training step</source>
        <translation>Trainingsschritt</translation>
    </message>
    <message>
        <source>Layers and weight distributions at an earlier training step</source>
        <translation>Schichten und Gewichtsverteilungen bei einem früheren Trainingsschritt</translation>
    </message>
    <message>
        <source>step {0}</source>
        <translation>Schritt {0}</translation>
    </message>
    <message>
        <source>{step} (latest)</source>
        <translation>{step} (neuester)</translation>
    </message>
</context>
<context>
    <name>TryItPanel</name>
    <message>
        <source>Add a model</source>
        <translation>Modell hinzufügen</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>Prompt</translation>
    </message>
    <message>
        <source>Text to continue</source>
        <translation>Text zum Fortsetzen</translation>
    </message>
    <message>
        <source>Ctrl+Enter in the prompt</source>
        <translation>Strg+Eingabe im Prompt</translation>
    </message>
    <message>
        <source>Generate</source>
        <translation>Erzeugen</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Stoppen</translation>
    </message>
    <message>
        <source>Chat</source>
        <translation>Chat</translation>
    </message>
    <message>
        <source>Chat in several turns with the model&apos;s chat template. Models without one get plain text.</source>
        <translation>Chat in mehreren Runden mit der Chat-Vorlage des Modells. Modelle ohne Vorlage bekommen reinen Text.</translation>
    </message>
    <message>
        <source>New chat</source>
        <translation>Neuer Chat</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>Temperatur</translation>
    </message>
    <message>
        <source>0 (greedy)</source>
        <translation>0 (greedy)</translation>
    </message>
    <message>
        <source>0 always takes the most likely token; higher values vary more.</source>
        <translation>0 nimmt immer das wahrscheinlichste Token; höhere Werte streuen mehr.</translation>
    </message>
    <message>
        <source>Top-p</source>
        <translation>Top-p</translation>
    </message>
    <message>
        <source>Sample from the most likely tokens whose probabilities add up to this value.</source>
        <translation>Zieht aus den wahrscheinlichsten Token, deren Wahrscheinlichkeiten zusammen diesen Wert ergeben.</translation>
    </message>
    <message>
        <source>The same seed gives the same text. Used when the temperature is above 0.</source>
        <translation>Derselbe Seed ergibt denselben Text. Gilt bei einer Temperatur über 0.</translation>
    </message>
    <message>
        <source>none</source>
        <translation>nie</translation>
    </message>
    <message>
        <source>Stop before this text; \n stands for a line break.</source>
        <translation>Vor diesem Text aufhören; \n steht für einen Zeilenumbruch.</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Seed</translation>
    </message>
    <message>
        <source>Stop at</source>
        <translation>Ende bei</translation>
    </message>
    <message>
        <source>Run a pipeline first. You can then generate text with its source and every result.</source>
        <translation>Zuerst eine Pipeline ausführen. Dann lässt sich mit der Quelle und jedem Ergebnis Text erzeugen.</translation>
    </message>
    <message>
        <source>Loading the model…</source>
        <translation>Das Modell wird geladen…</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>Senden</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>Nachricht</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>Wird gestoppt…</translation>
    </message>
    <message>
        <source>Identical text</source>
        <translation>Gleicher Text</translation>
    </message>
    <message numerus="yes">
        <source>First %n words identical</source>
        <translation>
            <numerusform>Erstes Wort gleich</numerusform>
            <numerusform>Erste %n Wörter gleich</numerusform>
        </translation>
    </message>
    <message>
        <source>Different from the start</source>
        <translation>Von Anfang an verschieden</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
</context>
<context>
    <name>UpdatesWindow</name>
    <message>
        <source>Updates and versions</source>
        <translation>Updates und Versionen</translation>
    </message>
    <message>
        <source>The line that updates it</source>
        <translation>Die Zeile für das Update</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Check for updates</source>
        <translation>Nach Updates suchen</translation>
    </message>
    <message>
        <source>Update now</source>
        <translation>Jetzt aktualisieren</translation>
    </message>
    <message>
        <source>The program looks for updates when you ask, and never installs them by itself.</source>
        <translation>Das Programm sucht nur auf Wunsch nach Updates und installiert nie von selbst welche.</translation>
    </message>
    <message>
        <source>What is new</source>
        <translation>Neuigkeiten</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Checking the installation…</source>
        <translation>Die Installation wird gelesen…</translation>
    </message>
    <message>
        <source>This line updates it; then start the program again.</source>
        <translation>Diese Zeile aktualisiert das Programm; danach neu starten.</translation>
    </message>
    <message>
        <source>Its folder is {0}.</source>
        <translation>Es liegt im Ordner {0}.</translation>
    </message>
    <message>
        <source>{0} in total, including what is kept for repairs. {1} free on the disk.</source>
        <translation>Insgesamt {0}, samt dem, was für Reparaturen aufgehoben wird. {1} frei auf dem Datenträger.</translation>
    </message>
    <message>
        <source>torch {0}</source>
        <translation>torch {0}</translation>
    </message>
    <message>
        <source>torch is not installed</source>
        <translation>torch ist nicht installiert</translation>
    </message>
    <message>
        <source>Code {0}</source>
        <translation>Code {0}</translation>
    </message>
    <message>
        <source>computes on {name} ({device})</source>
        <translation>rechnet auf {name} ({device})</translation>
    </message>
    <message>
        <source>Looking for updates…</source>
        <translation>Nach Updates wird gesucht…</translation>
    </message>
    <message>
        <source>Updating…</source>
        <translation>Wird aktualisiert…</translation>
    </message>
    <message>
        <source>Rolling back…</source>
        <translation>Frühere Version wird wiederhergestellt…</translation>
    </message>
    <message>
        <source>Installs the current version again in a separate folder, tests it, and starts it from then on. Packages that are not stored locally are downloaded again.</source>
        <translation>Die aktuelle Version wird neben sich noch einmal installiert, getestet und von da an gestartet. Nicht aufgehobene Pakete werden erneut geladen.</translation>
    </message>
    <message>
        <source>Repair</source>
        <translation>Reparieren</translation>
    </message>
    <message>
        <source>Repair the program?</source>
        <translation>Das Programm reparieren?</translation>
    </message>
    <message>
        <source>Repairing…</source>
        <translation>Wird repariert…</translation>
    </message>
    <message>
        <source>This frees {0}. You can&apos;t roll back to it afterward.</source>
        <translation>Das gibt {0} frei. Danach führt kein Weg zu dieser Version zurück.</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Remove version {0}?</source>
        <translation>Version {0} entfernen?</translation>
    </message>
    <message>
        <source>Removing…</source>
        <translation>Wird entfernt…</translation>
    </message>
    <message>
        <source>Canceling…</source>
        <translation>Wird abgebrochen…</translation>
    </message>
    <message>
        <source>The installer can&apos;t be started: {0}.</source>
        <translation>Das Installationsprogramm startet nicht: {0}.</translation>
    </message>
    <message>
        <source>Version {0} is available.</source>
        <translation>Version {0} ist verfügbar.</translation>
    </message>
    <message>
        <source>It fetches {0} and newer packages, whose size is not known.</source>
        <translation>Geladen werden {0} und neuere Pakete, deren Größe nicht bekannt ist.</translation>
    </message>
    <message>
        <source>It fetches {0} at most; packages that are here already are not fetched again.</source>
        <translation>Geladen werden höchstens {0}; vorhandene Pakete werden nicht noch einmal geladen.</translation>
    </message>
    <message>
        <source>Version {0} is the newest.</source>
        <translation>Version {0} ist die neueste.</translation>
    </message>
    <message>
        <source>Version {0} starts from now on.</source>
        <translation>Ab jetzt startet Version {0}.</translation>
    </message>
    <message>
        <source>Restart now</source>
        <translation>Jetzt neu starten</translation>
    </message>
    <message>
        <source>Version {0} is the current one. This window runs the former one until you restart the program.</source>
        <translation>Version {0} ist die aktuelle. Dieses Fenster zeigt bis zum Neustart die frühere.</translation>
    </message>
</context>
<context>
    <name>ValuesDialog</name>
    <message>
        <source>Same as the block</source>
        <translation>Wie der Block</translation>
    </message>
    <message>
        <source>Set</source>
        <translation>Setzen</translation>
    </message>
    <message>
        <source>Value for the checked layers</source>
        <translation>Wert für die angekreuzten Schichten</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>mixed</source>
        <translation>gemischt</translation>
    </message>
</context>
<context>
    <name>VerdictCard</name>
    <message>
        <source>Exact: equal to the bit</source>
        <translation>Exakt: auf das Bit gleich</translation>
    </message>
    <message>
        <source>Near: another environment explains the differences</source>
        <translation>Nahe: eine andere Umgebung erklärt die Unterschiede</translation>
    </message>
    <message>
        <source>It differs from its record</source>
        <translation>Weicht von der Aufzeichnung ab</translation>
    </message>
    <message>
        <source>Exact, as far as it was made again</source>
        <translation>Exakt, soweit nachgebaut</translation>
    </message>
    <message>
        <source>Not as it was: {0}.</source>
        <translation>Anders als aufgezeichnet: {0}.</translation>
    </message>
</context>
<context>
    <name>VersionCard</name>
    <message>
        <source>Version {0}</source>
        <translation>Version {0}</translation>
    </message>
    <message>
        <source>Install this version once more, test it, and switch to that.</source>
        <translation>Diese Version noch einmal installieren, testen und darauf umschalten.</translation>
    </message>
    <message>
        <source>Repair…</source>
        <translation>Reparieren…</translation>
    </message>
    <message>
        <source>Start this version from now on. Rolling back once more undoes it.</source>
        <translation>Ab jetzt diese Version starten. Nochmaliges Zurückkehren macht es rückgängig.</translation>
    </message>
    <message>
        <source>Roll back</source>
        <translation>Zurückkehren</translation>
    </message>
    <message>
        <source>Remove…</source>
        <translation>Entfernen…</translation>
    </message>
    <message>
        <source>current</source>
        <translation>aktuell</translation>
    </message>
    <message>
        <source>previous</source>
        <translation>vorige</translation>
    </message>
    <message>
        <source>running</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>Not whole: the next installation removes it. {0}</source>
        <translation>Unvollständig: Die nächste Installation entfernt sie. {0}</translation>
    </message>
    <message>
        <source>torch for {0}</source>
        <translation>torch für {0}</translation>
    </message>
    <message>
        <source>code {0}</source>
        <translation>Code {0}</translation>
    </message>
    <message>
        <source>without the window</source>
        <translation>ohne Fenster</translation>
    </message>
</context>
<context>
    <name>VersionTile</name>
    <message>
        <source>Run of {0}</source>
        <translation>Lauf um {0}</translation>
    </message>
    <message>
        <source>Same settings as now.</source>
        <translation>Gleiche Einstellungen wie jetzt.</translation>
    </message>
    <message>
        <source>Current pipeline</source>
        <translation>Aktuelle Pipeline</translation>
    </message>
</context>
<context>
    <name>Versions</name>
    <message>
        <source>Runs of this pipeline. Click one to restore its settings; Undo reverts.</source>
        <translation>Läufe dieser Pipeline. Ein Klick stellt die Einstellungen wieder her; „Rückgängig“ nimmt das zurück.</translation>
    </message>
    <message numerus="yes">
        <source>%n runs</source>
        <translation>
            <numerusform>%n Lauf</numerusform>
            <numerusform>%n Läufe</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>WaitingTile</name>
    <message>
        <source>Progress of the block</source>
        <translation>Fortschritt des Blocks</translation>
    </message>
    <message>
        <source>Histograms and errors appear with the first finished layer, curves with the first training steps.</source>
        <translation>Histogramme und Fehler erscheinen mit der ersten fertigen Schicht, Kurven mit den ersten Trainingsschritten.</translation>
    </message>
    <message>
        <source>Show that run</source>
        <translation>Diesen Lauf zeigen</translation>
    </message>
    <message>
        <source>No charts yet</source>
        <translation>Noch keine Diagramme</translation>
    </message>
    <message>
        <source>Their charts are with the run that computed them: {0}.</source>
        <translation>Ihre Diagramme sind bei dem Lauf, der sie berechnet hat: {0}.</translation>
    </message>
    <message>
        <source>The run that computed them was deleted, and its charts with it.</source>
        <translation>Der Lauf, der sie berechnet hat, wurde gelöscht und mit ihm seine Diagramme.</translation>
    </message>
    <message>
        <source>All results were reused</source>
        <translation>Alle Ergebnisse wurden wiederverwendet</translation>
    </message>
    <message>
        <source>Run the pipeline to see curves, layers, weight distributions and memory.</source>
        <translation>Die Pipeline ausführen, um Kurven, Schichten, Gewichtsverteilungen und Speicher zu sehen.</translation>
    </message>
</context>
<context>
    <name>Watch</name>
    <message>
        <source>{0} more</source>
        <translation>{0} weitere</translation>
    </message>
</context>
<context>
    <name>WatchPage</name>
    <message>
        <source>Double-click to go back to the canvas</source>
        <translation>Doppelklick führt zur Zeichenfläche zurück</translation>
    </message>
    <message>
        <source>Results of the pipeline&apos;s blocks</source>
        <translation>Ergebnisse der Blöcke der Pipeline</translation>
    </message>
</context>
<context>
    <name>WelcomePage</name>
    <message>
        <source>Back to the current run</source>
        <translation>Zurück zum aktuellen Lauf</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>Läuft</translation>
    </message>
    <message>
        <source>Saved pipelines appear here.</source>
        <translation>Gespeicherte Pipelines erscheinen hier.</translation>
    </message>
    <message>
        <source>Resume where it stopped</source>
        <translation>An der Unterbrechung fortsetzen</translation>
    </message>
    <message>
        <source>Show results</source>
        <translation>Ergebnisse zeigen</translation>
    </message>
    <message>
        <source>Compression Studio</source>
        <translation>Compression Studio</translation>
    </message>
    <message>
        <source>Load a language model, build a pipeline of compression methods, run it, and export the result.</source>
        <translation>Ein Sprachmodell laden, eine Pipeline aus Kompressionsmethoden bauen, ausführen und das Ergebnis exportieren.</translation>
    </message>
    <message>
        <source>A small model and a 4-bit quantization, ready to run. It works offline and takes seconds.</source>
        <translation>Ein kleines Modell und eine 4-Bit-Quantisierung, fertig zum Ausführen. Funktioniert offline und dauert Sekunden.</translation>
    </message>
    <message>
        <source>Say how large the file may be, such as 60 MB: every layer gets the format that loses least.</source>
        <translation>Sagen, wie groß die Datei sein darf, etwa 60 MB: jede Schicht bekommt das Format, das am wenigsten verliert.</translation>
    </message>
    <message>
        <source>A folder, a GGUF file or a model on the hub. Weights are loaded only when needed.</source>
        <translation>Ein Ordner, eine GGUF-Datei oder ein Modell auf dem Hub. Gewichte werden erst bei Bedarf geladen.</translation>
    </message>
    <message>
        <source>An empty canvas and all methods.</source>
        <translation>Eine leere Zeichenfläche und alle Methoden.</translation>
    </message>
    <message>
        <source>Try the sample</source>
        <translation>Beispiel ausprobieren</translation>
    </message>
    <message>
        <source>Fit a model to a size</source>
        <translation>Ein Modell an eine Größe anpassen</translation>
    </message>
    <message>
        <source>Open a model</source>
        <translation>Modell öffnen</translation>
    </message>
    <message>
        <source>New pipeline</source>
        <translation>Neue Pipeline</translation>
    </message>
    <message>
        <source>Recent runs</source>
        <translation>Letzte Läufe</translation>
    </message>
    <message>
        <source>Recent pipelines</source>
        <translation>Letzte Pipelines</translation>
    </message>
    <message>
        <source>Templates</source>
        <translation>Vorlagen</translation>
    </message>
    <message>
        <source>Find a template</source>
        <translation>Vorlage finden</translation>
    </message>
    <message>
        <source>No matching templates.</source>
        <translation>Keine passenden Vorlagen.</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Alle</translation>
    </message>
    <message>
        <source>Combinations</source>
        <translation>Kombinationen</translation>
    </message>
    <message>
        <source>Or drop a pipeline, a model folder or a GGUF file anywhere on this window.</source>
        <translation>Oder eine Pipeline, einen Modellordner oder eine GGUF-Datei irgendwo auf dieses Fenster ziehen.</translation>
    </message>
    <message>
        <source>not found</source>
        <translation>nicht gefunden</translation>
    </message>
    <message>
        <source>saved {0} ago</source>
        <translation>vor {0} gespeichert</translation>
    </message>
    <message>
        <source>saved just now</source>
        <translation>gerade gespeichert</translation>
    </message>
</context>
<context>
    <name>Workspace</name>
    <message>
        <source>Float “{panel}”</source>
        <translation>„{panel}“ ablösen</translation>
    </message>
    <message>
        <source>Hide panel</source>
        <translation>Panel ausblenden</translation>
    </message>
</context>
<context>
    <name>_Column</name>
    <message>
        <source>Remove this model</source>
        <translation>Dieses Modell entfernen</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Generated text</source>
        <translation>Erzeugter Text</translation>
    </message>
    <message>
        <source>Generated text appears here.</source>
        <translation>Erzeugter Text erscheint hier.</translation>
    </message>
    <message>
        <source>{speed} tokens/s</source>
        <translation>{speed} Token/s</translation>
    </message>
</context>
<context>
    <name>_Counts</name>
    <message numerus="yes">
        <source>%n blocks</source>
        <translation>
            <numerusform>%n Block</numerusform>
            <numerusform>%n Blöcke</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{0}: %n values</source>
        <translation>
            <numerusform>{0}: %n Wert</numerusform>
            <numerusform>{0}: %n Werte</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>_MethodTree</name>
    <message>
        <source>Methods</source>
        <translation>Methoden</translation>
    </message>
    <message>
        <source>Saved blocks</source>
        <translation>Gespeicherte Blöcke</translation>
    </message>
    <message>
        <source>{0}: saved blocks. Press Del to remove them.</source>
        <translation>{0}: gespeicherte Blöcke. Entf entfernt sie.</translation>
    </message>
    <message>
        <source>{0} ({1})</source>
        <translation>{0} ({1})</translation>
    </message>
    <message>
        <source>From package {0}</source>
        <translation>Aus Paket {0}</translation>
    </message>
</context>
<context>
    <name>_TitleBar</name>
    <message>
        <source>Float panel</source>
        <translation>Panel ablösen</translation>
    </message>
    <message>
        <source>Hide panel</source>
        <translation>Panel ausblenden</translation>
    </message>
</context>
<context>
    <name>consent</name>
    <message>
        <source>This model includes its own Python code, which would run with all your permissions, including access to your files and network. The model can&apos;t be used without it.

{files}

Read the code first: {folder}</source>
        <translation>Dieses Modell enthält eigenen Python-Code, der mit allen Ihren Rechten liefe, auch mit Zugriff auf Ihre Dateien und das Netz. Ohne ihn ist das Modell nicht verwendbar.

{files}

Zuerst den Code lesen: {folder}</translation>
    </message>
    <message>
        <source>Run this model&apos;s code?</source>
        <translation>Den Code dieses Modells ausführen?</translation>
    </message>
    <message>
        <source>Trust and run</source>
        <translation>Vertrauen und ausführen</translation>
    </message>
    <message>
        <source>Don&apos;t run</source>
        <translation>Nicht ausführen</translation>
    </message>
</context>
<context>
    <name>engine</name>
    <message>
        <source>% of the parameters</source>
        <translation>% der Parameter</translation>
    </message>
    <message>
        <source>1 bit, sign and scale</source>
        <translation>1 Bit, Vorzeichen und Skala</translation>
    </message>
    <message>
        <source>16 bit, bfloat16</source>
        <translation>16 Bit, bfloat16</translation>
    </message>
    <message>
        <source>16 bit, float16</source>
        <translation>16 Bit, float16</translation>
    </message>
    <message>
        <source>2 bit integer</source>
        <translation>2-Bit-Integer</translation>
    </message>
    <message>
        <source>2 of every 4</source>
        <translation>2 von je 4</translation>
    </message>
    <message>
        <source>3 bit integer</source>
        <translation>3-Bit-Integer</translation>
    </message>
    <message>
        <source>4 bit NormalFloat (NF4)</source>
        <translation>4-Bit-NormalFloat (NF4)</translation>
    </message>
    <message>
        <source>4 bit float (E2M1)</source>
        <translation>4-Bit-Float (E2M1)</translation>
    </message>
    <message>
        <source>4 bit float (FP4)</source>
        <translation>4-Bit-Float (FP4)</translation>
    </message>
    <message>
        <source>4 bit float as in bitsandbytes (FP4)</source>
        <translation>4-Bit-Float wie in bitsandbytes (FP4)</translation>
    </message>
    <message>
        <source>4 bit float, MXFP4 (groups of 32, powers of two)</source>
        <translation>4-Bit-Float, MXFP4 (32er-Gruppen, Zweierpotenzen)</translation>
    </message>
    <message>
        <source>4 bit float, NVFP4 (groups of 16, 8-bit scales)</source>
        <translation>4-Bit-Float, NVFP4 (16er-Gruppen, 8-Bit-Skalen)</translation>
    </message>
    <message>
        <source>4 bit integer</source>
        <translation>4-Bit-Integer</translation>
    </message>
    <message>
        <source>4 bit integer per token</source>
        <translation>4-Bit-Integer je Token</translation>
    </message>
    <message>
        <source>4 bits and adapters</source>
        <translation>4 Bit und Adapter</translation>
    </message>
    <message>
        <source>4 of every 8</source>
        <translation>4 von je 8</translation>
    </message>
    <message>
        <source>5 bit integer</source>
        <translation>5-Bit-Integer</translation>
    </message>
    <message>
        <source>6 bit integer</source>
        <translation>6-Bit-Integer</translation>
    </message>
    <message>
        <source>7 bit integer</source>
        <translation>7-Bit-Integer</translation>
    </message>
    <message>
        <source>8 bit float (E4M3)</source>
        <translation>8-Bit-Float (E4M3)</translation>
    </message>
    <message>
        <source>8 bit float per token</source>
        <translation>8-Bit-Float je Token</translation>
    </message>
    <message>
        <source>8 bit float, one scale fixed on a text</source>
        <translation>8-Bit-Float, eine Skala, an einem Text bestimmt</translation>
    </message>
    <message>
        <source>8 bit integer</source>
        <translation>8-Bit-Integer</translation>
    </message>
    <message>
        <source>8 bit integer per token</source>
        <translation>8-Bit-Integer je Token</translation>
    </message>
    <message>
        <source>8-bit fixed point</source>
        <translation>8-Bit-Festkomma</translation>
    </message>
    <message>
        <source>8-bit weights and activations</source>
        <translation>8-Bit-Gewichte und -Aktivierungen</translation>
    </message>
    <message>
        <source>A block of inputs (SparseGPT as published)</source>
        <translation>Ein Block von Eingängen (SparseGPT wie veröffentlicht)</translation>
    </message>
    <message>
        <source>A run of neighbors (angular distance)</source>
        <translation>Benachbarte Schichten (Winkelabstand)</translation>
    </message>
    <message>
        <source>A smaller part of it</source>
        <translation>Ein kleinerer Teil davon</translation>
    </message>
    <message>
        <source>A step of the training</source>
        <translation>Ein Trainingsschritt</translation>
    </message>
    <message>
        <source>ASVD exponent α</source>
        <translation>ASVD-Exponent α</translation>
    </message>
    <message>
        <source>AWQ</source>
        <translation>AWQ</translation>
    </message>
    <message>
        <source>AWQ against rounding</source>
        <translation>AWQ gegen Runden</translation>
    </message>
    <message>
        <source>Absolute difference (L1)</source>
        <translation>Absolute Differenz (L1)</translation>
    </message>
    <message>
        <source>Accuracy</source>
        <translation>Genauigkeit</translation>
    </message>
    <message>
        <source>Activation norm (EAN)</source>
        <translation>Aktivierungsnorm (EAN)</translation>
    </message>
    <message>
        <source>Activation order (act-order)</source>
        <translation>Aktivierungsreihenfolge (act-order)</translation>
    </message>
    <message>
        <source>Activations</source>
        <translation>Aktivierungen</translation>
    </message>
    <message>
        <source>Activations and cache</source>
        <translation>Aktivierungen und Cache</translation>
    </message>
    <message>
        <source>AdamW</source>
        <translation>AdamW</translation>
    </message>
    <message>
        <source>AdamW, 8-bit state</source>
        <translation>AdamW, 8-Bit-Zustand</translation>
    </message>
    <message>
        <source>AdamW, paged state</source>
        <translation>AdamW, ausgelagerter Zustand</translation>
    </message>
    <message>
        <source>Adapters</source>
        <translation>Adapter</translation>
    </message>
    <message>
        <source>Adapters after training</source>
        <translation>Adapter nach dem Training</translation>
    </message>
    <message>
        <source>After every block</source>
        <translation>Nach jedem Block</translation>
    </message>
    <message>
        <source>After every round</source>
        <translation>Nach jeder Runde</translation>
    </message>
    <message>
        <source>After the last round</source>
        <translation>Nach der letzten Runde</translation>
    </message>
    <message>
        <source>Alike</source>
        <translation>Gleichmäßig</translation>
    </message>
    <message>
        <source>All inputs that can be scaled</source>
        <translation>Alle skalierbaren Eingänge</translation>
    </message>
    <message>
        <source>All weights</source>
        <translation>Alle Gewichte</translation>
    </message>
    <message>
        <source>All weights and scales</source>
        <translation>Alle Gewichte und Skalen</translation>
    </message>
    <message>
        <source>All, spread evenly</source>
        <translation>Alle, gleichmäßig verteilt</translation>
    </message>
    <message>
        <source>Angular distance</source>
        <translation>Winkelabstand</translation>
    </message>
    <message>
        <source>Answer distance</source>
        <translation>Antwortabstand</translation>
    </message>
    <message>
        <source>Architecture</source>
        <translation>Architektur</translation>
    </message>
    <message>
        <source>As in the mix</source>
        <translation>Wie in der Mischung</translation>
    </message>
    <message>
        <source>As it is</source>
        <translation>Unverändert</translation>
    </message>
    <message>
        <source>As published</source>
        <translation>Wie veröffentlicht</translation>
    </message>
    <message>
        <source>As they are</source>
        <translation>Unverändert</translation>
    </message>
    <message>
        <source>As they came</source>
        <translation>Wie geliefert</translation>
    </message>
    <message>
        <source>At random</source>
        <translation>Zufällig</translation>
    </message>
    <message>
        <source>At the ends only</source>
        <translation>Nur an den Enden</translation>
    </message>
    <message>
        <source>Attention heads</source>
        <translation>Attention-Köpfe</translation>
    </message>
    <message>
        <source>Attention memory</source>
        <translation>Speicher der Attention</translation>
    </message>
    <message>
        <source>Attention output per head</source>
        <translation>Attention-Ausgang je Kopf</translation>
    </message>
    <message>
        <source>Attention time</source>
        <translation>Zeit der Attention</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>Average attention</source>
        <translation>Gemittelte Attention</translation>
    </message>
    <message>
        <source>BF16</source>
        <translation>BF16</translation>
    </message>
    <message>
        <source>Backward, layer {0} of {1}</source>
        <translation>Rückwärts, Schicht {0} von {1}</translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation>Ausgewogen</translation>
    </message>
    <message>
        <source>Batch size</source>
        <translation>Batchgröße</translation>
    </message>
    <message>
        <source>Behind compressed layers</source>
        <translation>Hinter komprimierten Schichten</translation>
    </message>
    <message>
        <source>Benchmark attention up to</source>
        <translation>Attention-Benchmark bis</translation>
    </message>
    <message>
        <source>Beta</source>
        <translation>Beta</translation>
    </message>
    <message>
        <source>Beta 1</source>
        <translation>Beta 1</translation>
    </message>
    <message>
        <source>Beta 2</source>
        <translation>Beta 2</translation>
    </message>
    <message>
        <source>Bits</source>
        <translation>Bits</translation>
    </message>
    <message>
        <source>Bits per weight</source>
        <translation>Bits je Gewicht</translation>
    </message>
    <message>
        <source>Bits/weight</source>
        <translation>Bits/Gewicht</translation>
    </message>
    <message>
        <source>Block influence</source>
        <translation>Block Influence</translation>
    </message>
    <message>
        <source>Block size</source>
        <translation>Blockgröße</translation>
    </message>
    <message>
        <source>Budget</source>
        <translation>Budget</translation>
    </message>
    <message>
        <source>Budget in</source>
        <translation>Budget in</translation>
    </message>
    <message>
        <source>By all layers: one E</source>
        <translation>Über alle Schichten: ein E</translation>
    </message>
    <message>
        <source>By energy</source>
        <translation>Nach Energie</translation>
    </message>
    <message>
        <source>By hand</source>
        <translation>Von Hand</translation>
    </message>
    <message>
        <source>By importance</source>
        <translation>Nach Wichtigkeit</translation>
    </message>
    <message>
        <source>By keys and values too: E = F</source>
        <translation>Auch über Keys und Values: E = F</translation>
    </message>
    <message>
        <source>By number</source>
        <translation>Nach Nummer</translation>
    </message>
    <message>
        <source>By the heads of a layer: E and F</source>
        <translation>Über die Köpfe einer Schicht: E und F</translation>
    </message>
    <message>
        <source>By their worth, over all layers</source>
        <translation>Nach Nutzen, über alle Schichten</translation>
    </message>
    <message>
        <source>Cache dequantized weights</source>
        <translation>Dequantisierte Gewichte cachen</translation>
    </message>
    <message>
        <source>Cache the teacher&apos;s top k</source>
        <translation>Top-k des Lehrers cachen</translation>
    </message>
    <message>
        <source>Calibrating layer {0} of {1}</source>
        <translation>Kalibriert Schicht {0} von {1}</translation>
    </message>
    <message>
        <source>Calibrating {0}</source>
        <translation>Kalibriert {0}</translation>
    </message>
    <message>
        <source>Calibration</source>
        <translation>Kalibrierung</translation>
    </message>
    <message>
        <source>Calibration statistics</source>
        <translation>Kalibrierungsstatistik</translation>
    </message>
    <message>
        <source>Calibration text</source>
        <translation>Kalibrierungstext</translation>
    </message>
    <message>
        <source>Check generation</source>
        <translation>Textgenerierung prüfen</translation>
    </message>
    <message>
        <source>Checking the files</source>
        <translation>Prüft die Dateien</translation>
    </message>
    <message>
        <source>Checking the pipeline</source>
        <translation>Prüft die Pipeline</translation>
    </message>
    <message>
        <source>Checkpoint at step</source>
        <translation>Checkpoint bei Schritt</translation>
    </message>
    <message>
        <source>Clip ratio</source>
        <translation>Clip-Verhältnis</translation>
    </message>
    <message>
        <source>Clipping</source>
        <translation>Clipping</translation>
    </message>
    <message>
        <source>Clipping of activations</source>
        <translation>Clipping der Aktivierungen</translation>
    </message>
    <message>
        <source>Clipping of keys and values</source>
        <translation>Clipping von Keys und Values</translation>
    </message>
    <message>
        <source>Code values</source>
        <translation>Codewerte</translation>
    </message>
    <message>
        <source>Codes</source>
        <translation>Codes</translation>
    </message>
    <message>
        <source>Compare with the source</source>
        <translation>Mit der Quelle vergleichen</translation>
    </message>
    <message>
        <source>Comparison group</source>
        <translation>Vergleichsgruppe</translation>
    </message>
    <message>
        <source>Compression Studio</source>
        <translation>Compression Studio</translation>
    </message>
    <message>
        <source>Compression time</source>
        <translation>Kompressionszeit</translation>
    </message>
    <message>
        <source>Compute dtype</source>
        <translation>Rechen-dtype</translation>
    </message>
    <message>
        <source>Computed in</source>
        <translation>Berechnet in</translation>
    </message>
    <message>
        <source>Config</source>
        <translation>Konfiguration</translation>
    </message>
    <message>
        <source>Constant</source>
        <translation>Konstant</translation>
    </message>
    <message>
        <source>Context</source>
        <translation>Kontext</translation>
    </message>
    <message>
        <source>Controls</source>
        <translation>Kontrollen</translation>
    </message>
    <message>
        <source>Cosine</source>
        <translation>Kosinus</translation>
    </message>
    <message>
        <source>Coverage</source>
        <translation>Abdeckung</translation>
    </message>
    <message>
        <source>Coverage, bytes</source>
        <translation>Abdeckung, Bytes</translation>
    </message>
    <message>
        <source>Criterion</source>
        <translation>Kriterium</translation>
    </message>
    <message>
        <source>Cross-entropy on the text</source>
        <translation>Kreuzentropie auf dem Text</translation>
    </message>
    <message>
        <source>Cumulative KL</source>
        <translation>Kumulierte KL</translation>
    </message>
    <message>
        <source>Cumulative KL divergence</source>
        <translation>Kumulierte KL-Divergenz</translation>
    </message>
    <message>
        <source>Damping</source>
        <translation>Dämpfung</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>Daten</translation>
    </message>
    <message>
        <source>Data types</source>
        <translation>Datentypen</translation>
    </message>
    <message>
        <source>Date</source>
        <translation>Datum</translation>
    </message>
    <message>
        <source>Decode</source>
        <translation>Decode</translation>
    </message>
    <message>
        <source>Dense</source>
        <translation>Dicht</translation>
    </message>
    <message>
        <source>Dense tensors as</source>
        <translation>Dichte Tensoren als</translation>
    </message>
    <message>
        <source>Depth pruning</source>
        <translation>Tiefen-Pruning</translation>
    </message>
    <message>
        <source>Description</source>
        <translation>Beschreibung</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>Gerät</translation>
    </message>
    <message>
        <source>Distillation</source>
        <translation>Destillation</translation>
    </message>
    <message>
        <source>Divergence</source>
        <translation>Divergenz</translation>
    </message>
    <message>
        <source>Divergence from the teacher</source>
        <translation>Divergenz vom Lehrer</translation>
    </message>
    <message>
        <source>Domain</source>
        <translation>Domäne</translation>
    </message>
    <message>
        <source>Domains</source>
        <translation>Domänen</translation>
    </message>
    <message>
        <source>Double quantization</source>
        <translation>Doppelte Quantisierung</translation>
    </message>
    <message>
        <source>Drawing labels and their gradients</source>
        <translation>Zieht Labels und ihre Gradienten</translation>
    </message>
    <message>
        <source>Dropout</source>
        <translation>Dropout</translation>
    </message>
    <message>
        <source>Dropped</source>
        <translation>Weglassen</translation>
    </message>
    <message>
        <source>Duo scaling</source>
        <translation>Duo Scaling</translation>
    </message>
    <message>
        <source>Early stop against sparsity</source>
        <translation>Früher Stopp gegen Sparsity</translation>
    </message>
    <message>
        <source>Early stopping patience</source>
        <translation>Geduld bis zum frühen Stopp</translation>
    </message>
    <message>
        <source>Energy</source>
        <translation>Energie</translation>
    </message>
    <message>
        <source>Energy kept</source>
        <translation>Behaltene Energie</translation>
    </message>
    <message>
        <source>Error by format</source>
        <translation>Fehler nach Format</translation>
    </message>
    <message>
        <source>Error exponent</source>
        <translation>Fehlerexponent</translation>
    </message>
    <message>
        <source>Error in FP4</source>
        <translation>Fehler in FP4</translation>
    </message>
    <message>
        <source>Error in MXFP4</source>
        <translation>Fehler in MXFP4</translation>
    </message>
    <message>
        <source>Error in NF4</source>
        <translation>Fehler in NF4</translation>
    </message>
    <message>
        <source>Error in NVFP4</source>
        <translation>Fehler in NVFP4</translation>
    </message>
    <message>
        <source>Error in int4</source>
        <translation>Fehler in int4</translation>
    </message>
    <message>
        <source>Error over ratio</source>
        <translation>Fehler über dem Verhältnis</translation>
    </message>
    <message>
        <source>Error to minimize</source>
        <translation>Zu minimierender Fehler</translation>
    </message>
    <message>
        <source>Error, as a share of rounding without scales</source>
        <translation>Fehler als Anteil des Rundens ohne Skalen</translation>
    </message>
    <message>
        <source>Eval</source>
        <translation>Auswertung</translation>
    </message>
    <message>
        <source>Evaluate every</source>
        <translation>Auswerten alle</translation>
    </message>
    <message>
        <source>Expert</source>
        <translation>Experte</translation>
    </message>
    <message>
        <source>Expert pruning</source>
        <translation>Experten-Pruning</translation>
    </message>
    <message>
        <source>Experts per layer</source>
        <translation>Experten je Schicht</translation>
    </message>
    <message>
        <source>Experts to remove, by number</source>
        <translation>Zu entfernende Experten, nach Nummer</translation>
    </message>
    <message>
        <source>F16</source>
        <translation>F16</translation>
    </message>
    <message>
        <source>F32</source>
        <translation>F32</translation>
    </message>
    <message>
        <source>FP4 error</source>
        <translation>FP4-Fehler</translation>
    </message>
    <message>
        <source>Factorize layers</source>
        <translation>Schichten faktorisieren</translation>
    </message>
    <message>
        <source>Factorized, recovered, 4 bit</source>
        <translation>Faktorisiert, erholt, 4 Bit</translation>
    </message>
    <message>
        <source>Fewer experts</source>
        <translation>Weniger Experten</translation>
    </message>
    <message>
        <source>Final learning rate</source>
        <translation>Lernrate am Ende</translation>
    </message>
    <message>
        <source>Fine-tuning</source>
        <translation>Fine-Tuning</translation>
    </message>
    <message>
        <source>Fit to a size versus a uniform mix</source>
        <translation>Auf eine Größe gebracht, neben einer einheitlichen Mischung</translation>
    </message>
    <message>
        <source>Fit to budget</source>
        <translation>Fit to budget</translation>
    </message>
    <message>
        <source>Fitting</source>
        <translation>Anpassung</translation>
    </message>
    <message>
        <source>Fitting steps</source>
        <translation>Anpassungsschritte</translation>
    </message>
    <message>
        <source>Fitting the projections</source>
        <translation>Anpassung der Projektionen</translation>
    </message>
    <message>
        <source>For</source>
        <translation>Für</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>Format of some layers</source>
        <translation>Format einzelner Schichten</translation>
    </message>
    <message>
        <source>Formats</source>
        <translation>Formate</translation>
    </message>
    <message>
        <source>Forward KL</source>
        <translation>Vorwärts-KL</translation>
    </message>
    <message>
        <source>Forward, layer {0} of {1}</source>
        <translation>Vorwärts, Schicht {0} von {1}</translation>
    </message>
    <message>
        <source>From a file or data set</source>
        <translation>Aus einer Datei oder einem Datensatz</translation>
    </message>
    <message>
        <source>Frozen weights stored as</source>
        <translation>Eingefrorene Gewichte gespeichert als</translation>
    </message>
    <message>
        <source>GGUF</source>
        <translation>GGUF</translation>
    </message>
    <message>
        <source>GGUF IQ4_NL (blocks of 32)</source>
        <translation>GGUF IQ4_NL (32er-Blöcke)</translation>
    </message>
    <message>
        <source>GGUF IQ4_XS (blocks of 256)</source>
        <translation>GGUF IQ4_XS (256er-Blöcke)</translation>
    </message>
    <message>
        <source>GGUF Q2_K (blocks of 256)</source>
        <translation>GGUF Q2_K (256er-Blöcke)</translation>
    </message>
    <message>
        <source>GGUF Q3_K (blocks of 256)</source>
        <translation>GGUF Q3_K (256er-Blöcke)</translation>
    </message>
    <message>
        <source>GGUF Q4_0 (blocks of 32)</source>
        <translation>GGUF Q4_0 (32er-Blöcke)</translation>
    </message>
    <message>
        <source>GGUF Q4_1 (blocks of 32)</source>
        <translation>GGUF Q4_1 (32er-Blöcke)</translation>
    </message>
    <message>
        <source>GGUF Q4_K (blocks of 256)</source>
        <translation>GGUF Q4_K (256er-Blöcke)</translation>
    </message>
    <message>
        <source>GGUF Q5_0 (blocks of 32)</source>
        <translation>GGUF Q5_0 (32er-Blöcke)</translation>
    </message>
    <message>
        <source>GGUF Q5_1 (blocks of 32)</source>
        <translation>GGUF Q5_1 (32er-Blöcke)</translation>
    </message>
    <message>
        <source>GGUF Q5_K (blocks of 256)</source>
        <translation>GGUF Q5_K (256er-Blöcke)</translation>
    </message>
    <message>
        <source>GGUF Q6_K (blocks of 256)</source>
        <translation>GGUF Q6_K (256er-Blöcke)</translation>
    </message>
    <message>
        <source>GGUF Q8_0 (blocks of 32)</source>
        <translation>GGUF Q8_0 (32er-Blöcke)</translation>
    </message>
    <message>
        <source>GGUF quants</source>
        <translation>GGUF-Quants</translation>
    </message>
    <message>
        <source>GGUF quants by rounding and by GPTQ</source>
        <translation>GGUF-Quants durch Runden und durch GPTQ</translation>
    </message>
    <message>
        <source>GPTQ</source>
        <translation>GPTQ</translation>
    </message>
    <message>
        <source>GPTQ against rounding</source>
        <translation>GPTQ gegen Runden</translation>
    </message>
    <message>
        <source>Gather it on a text</source>
        <translation>Aus einem Text ermitteln</translation>
    </message>
    <message>
        <source>Generation agreement</source>
        <translation>Generierungs-Übereinstimmung</translation>
    </message>
    <message>
        <source>Generation temperature</source>
        <translation>Temperatur der Generierung</translation>
    </message>
    <message>
        <source>Given</source>
        <translation>Vorgegeben</translation>
    </message>
    <message>
        <source>Gradient checkpointing</source>
        <translation>Gradient Checkpointing</translation>
    </message>
    <message>
        <source>Gradient cosine</source>
        <translation>Kosinus der Gradienten</translation>
    </message>
    <message>
        <source>Gradient norm</source>
        <translation>Gradientennorm</translation>
    </message>
    <message>
        <source>Gradient through ranges</source>
        <translation>Gradient durch Bereiche</translation>
    </message>
    <message>
        <source>Group of inputs</source>
        <translation>Gruppe von Eingängen</translation>
    </message>
    <message>
        <source>Group size</source>
        <translation>Gruppengröße</translation>
    </message>
    <message>
        <source>Guard</source>
        <translation>Absicherung</translation>
    </message>
    <message>
        <source>HQQ</source>
        <translation>HQQ</translation>
    </message>
    <message>
        <source>HQQ against rounding</source>
        <translation>HQQ gegen Runden</translation>
    </message>
    <message>
        <source>Half of the others</source>
        <translation>Halbe Rate der anderen</translation>
    </message>
    <message>
        <source>Half of the weights</source>
        <translation>Hälfte der Gewichte</translation>
    </message>
    <message>
        <source>Heads to remove, by number</source>
        <translation>Zu entfernende Heads, nach Nummer</translation>
    </message>
    <message>
        <source>Healing after pruning</source>
        <translation>Heilung nach dem Pruning</translation>
    </message>
    <message>
        <source>Held-out loss</source>
        <translation>Loss auf zurückgehaltenem Text</translation>
    </message>
    <message>
        <source>Held-out samples</source>
        <translation>Zurückgehaltene Beispiele</translation>
    </message>
    <message>
        <source>Hidden cosine</source>
        <translation>Hidden-State-Kosinus</translation>
    </message>
    <message>
        <source>Hidden size</source>
        <translation>Hidden Size</translation>
    </message>
    <message>
        <source>Hidden states</source>
        <translation>Hidden States</translation>
    </message>
    <message>
        <source>Hidden-state distillation</source>
        <translation>Hidden-State-Destillation</translation>
    </message>
    <message>
        <source>Hugging Face, dense</source>
        <translation>Hugging Face, dicht</translation>
    </message>
    <message>
        <source>Hugging Face, safetensors</source>
        <translation>Hugging Face, safetensors</translation>
    </message>
    <message>
        <source>Importance</source>
        <translation>Wichtigkeit</translation>
    </message>
    <message>
        <source>Importance matrix</source>
        <translation>Importance-Matrix</translation>
    </message>
    <message>
        <source>Importance matrix file</source>
        <translation>Datei der Importance-Matrix</translation>
    </message>
    <message>
        <source>Incoming weights</source>
        <translation>Eingehende Gewichte</translation>
    </message>
    <message>
        <source>Initial range</source>
        <translation>Anfangsbereich</translation>
    </message>
    <message>
        <source>Initial λ₂ (penalty)</source>
        <translation>Anfangs-λ₂ (Strafterm)</translation>
    </message>
    <message>
        <source>Initialization</source>
        <translation>Initialisierung</translation>
    </message>
    <message>
        <source>Input kurt., pooled</source>
        <translation>Eing.-Kurt., gesamt</translation>
    </message>
    <message>
        <source>Input kurt., token</source>
        <translation>Eing.-Kurt., Token</translation>
    </message>
    <message>
        <source>Input kurtosis, pooled</source>
        <translation>Eingangs-Kurtosis, gesamt</translation>
    </message>
    <message>
        <source>Input kurtosis, token</source>
        <translation>Eingangs-Kurtosis, Token</translation>
    </message>
    <message>
        <source>Inputs behind norms</source>
        <translation>Eingänge hinter Normen</translation>
    </message>
    <message>
        <source>Integers, packed</source>
        <translation>Integer, gepackt</translation>
    </message>
    <message>
        <source>Intermediate size</source>
        <translation>Intermediate Size</translation>
    </message>
    <message>
        <source>Iterations</source>
        <translation>Iterationen</translation>
    </message>
    <message>
        <source>Its size (Minitron)</source>
        <translation>Seine Größe (Minitron)</translation>
    </message>
    <message>
        <source>Jensen–Shannon</source>
        <translation>Jensen–Shannon</translation>
    </message>
    <message>
        <source>KL</source>
        <translation>KL</translation>
    </message>
    <message>
        <source>KL divergence</source>
        <translation>KL-Divergenz</translation>
    </message>
    <message>
        <source>KL divergence of the model</source>
        <translation>KL-Divergenz des Modells</translation>
    </message>
    <message>
        <source>Kappa</source>
        <translation>Kappa</translation>
    </message>
    <message>
        <source>Keep quantized weights</source>
        <translation>Quantisierte Gewichte behalten</translation>
    </message>
    <message>
        <source>Keep the adapters</source>
        <translation>Adapter behalten</translation>
    </message>
    <message>
        <source>Key/value cache</source>
        <translation>Key/Value-Cache</translation>
    </message>
    <message>
        <source>Key/value heads</source>
        <translation>Key/Value-Köpfe</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>Keys</translation>
    </message>
    <message>
        <source>Kurtosis</source>
        <translation>Kurtosis</translation>
    </message>
    <message>
        <source>Kurtosis while learning</source>
        <translation>Kurtosis beim Lernen</translation>
    </message>
    <message>
        <source>Kurtosis, all tokens together</source>
        <translation>Kurtosis, alle Token zusammen</translation>
    </message>
    <message>
        <source>LR-QAT</source>
        <translation>LR-QAT</translation>
    </message>
    <message>
        <source>Lambda {0}</source>
        <translation>Lambda {0}</translation>
    </message>
    <message>
        <source>Largest singular vectors (PiSSA)</source>
        <translation>Größte Singulärvektoren (PiSSA)</translation>
    </message>
    <message>
        <source>Largest singular vectors, approximate (PiSSA)</source>
        <translation>Größte Singulärvektoren, genähert (PiSSA)</translation>
    </message>
    <message>
        <source>Largest weight</source>
        <translation>Größtes Gewicht</translation>
    </message>
    <message>
        <source>Largest weight is 6 or 4 (4-bit floats)</source>
        <translation>Größtes Gewicht ist 6 oder 4 (4-Bit-Floats)</translation>
    </message>
    <message>
        <source>Largest weight, narrow range (±127)</source>
        <translation>Größtes Gewicht, enger Bereich (±127)</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Layer by layer</source>
        <translation>Schicht für Schicht</translation>
    </message>
    <message>
        <source>Layer mapping</source>
        <translation>Schichtzuordnung</translation>
    </message>
    <message>
        <source>Layer pairs</source>
        <translation>Schichtpaare</translation>
    </message>
    <message>
        <source>LayerNorm</source>
        <translation>LayerNorm</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Schichten</translation>
    </message>
    <message>
        <source>Layers kept, by number</source>
        <translation>Behaltene Schichten, nach Nummer</translation>
    </message>
    <message>
        <source>Layers out</source>
        <translation>Schichten entfernt</translation>
    </message>
    <message>
        <source>Layers out, QLoRA on top</source>
        <translation>Schichten entfernt, darauf QLoRA</translation>
    </message>
    <message>
        <source>Layers to ignore</source>
        <translation>Auszulassende Schichten</translation>
    </message>
    <message>
        <source>Layers to remove</source>
        <translation>Zu entfernende Schichten</translation>
    </message>
    <message>
        <source>Layers to remove, by number</source>
        <translation>Zu entfernende Schichten, nach Nummer</translation>
    </message>
    <message>
        <source>Learn from</source>
        <translation>Lernen von</translation>
    </message>
    <message>
        <source>Learn ranges</source>
        <translation>Bereiche lernen</translation>
    </message>
    <message>
        <source>Learn scales</source>
        <translation>Skalen lernen</translation>
    </message>
    <message>
        <source>Learned</source>
        <translation>Gelernt</translation>
    </message>
    <message>
        <source>Learning</source>
        <translation>Lernen</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>Lernrate</translation>
    </message>
    <message>
        <source>Learning rate of Lagrange multipliers</source>
        <translation>Lernrate der Lagrange-Multiplikatoren</translation>
    </message>
    <message>
        <source>Learning rate of codes</source>
        <translation>Lernrate der Codes</translation>
    </message>
    <message>
        <source>Learning rate of masks</source>
        <translation>Lernrate der Masken</translation>
    </message>
    <message>
        <source>Learning rate of ranges and scales</source>
        <translation>Lernrate von Bereichen und Skalen</translation>
    </message>
    <message>
        <source>Learning rate of scales</source>
        <translation>Lernrate der Skalen</translation>
    </message>
    <message>
        <source>Learning rate of the fitting</source>
        <translation>Lernrate der Anpassung</translation>
    </message>
    <message>
        <source>Learning rate of weights</source>
        <translation>Lernrate der Gewichte</translation>
    </message>
    <message>
        <source>Learning rate only</source>
        <translation>Nur die Lernrate</translation>
    </message>
    <message>
        <source>Learning rate ratio of B (LoRA+)</source>
        <translation>Lernratenverhältnis von B (LoRA+)</translation>
    </message>
    <message>
        <source>Learning rate schedule</source>
        <translation>Lernratenverlauf</translation>
    </message>
    <message>
        <source>GPTAQ alpha</source>
        <translation>GPTAQ-Alpha</translation>
    </message>
    <message>
        <source>Asymmetric calibration: each layer compensates for this share of the change in its inputs that quantizing the earlier layers has caused. The original model runs alongside, so calibration takes up to twice as long. 0 is GPTQ.</source>
        <translation>Asymmetrische Kalibrierung: Eine Schicht gleicht diesen Anteil der Änderung aus, die das Quantisieren der Schichten vor ihr an ihren Eingängen bewirkt hat. Das Original läuft neben der Kalibrierung mit, die dadurch bis zu doppelt so lange dauert. 0 ist GPTQ.</translation>
    </message>
    <message>
        <source>Least shrinkage of the output Hessian</source>
        <translation>Kleinste Shrinkage der Ausgangs-Hessematrix</translation>
    </message>
    <message>
        <source>Least-squares update</source>
        <translation>Update kleinster Quadrate</translation>
    </message>
    <message>
        <source>Like the others</source>
        <translation>Wie die anderen</translation>
    </message>
    <message>
        <source>Linear to zero</source>
        <translation>Linear auf null</translation>
    </message>
    <message>
        <source>Linears</source>
        <translation>Lineare Schichten</translation>
    </message>
    <message>
        <source>Linformer</source>
        <translation>Linformer</translation>
    </message>
    <message>
        <source>Linformer, causal</source>
        <translation>Linformer, kausal</translation>
    </message>
    <message>
        <source>LoRA</source>
        <translation>LoRA</translation>
    </message>
    <message>
        <source>LoRA alpha</source>
        <translation>LoRA-Alpha</translation>
    </message>
    <message>
        <source>LoRA as recovery</source>
        <translation>LoRA zur Erholung</translation>
    </message>
    <message>
        <source>LoRA dropout</source>
        <translation>LoRA-Dropout</translation>
    </message>
    <message>
        <source>Loading it in a fresh process</source>
        <translation>Lädt es in einem frischen Prozess</translation>
    </message>
    <message>
        <source>Loading the model</source>
        <translation>Lädt das Modell</translation>
    </message>
    <message>
        <source>Loading the teacher</source>
        <translation>Lädt den Teacher</translation>
    </message>
    <message>
        <source>Locked formats</source>
        <translation>Festgelegte Formate</translation>
    </message>
    <message>
        <source>Logarithm</source>
        <translation>Logarithmus</translation>
    </message>
    <message>
        <source>Logit distillation</source>
        <translation>Logit-Destillation</translation>
    </message>
    <message>
        <source>Longest sequence</source>
        <translation>Längste Sequenz</translation>
    </message>
    <message>
        <source>Looking for a stored result</source>
        <translation>Sucht ein gespeichertes Ergebnis</translation>
    </message>
    <message>
        <source>Loops</source>
        <translation>Schleifen</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>Loss</translation>
    </message>
    <message>
        <source>Loss against sparsity</source>
        <translation>Loss gegen Sparsity</translation>
    </message>
    <message>
        <source>Loss by depth</source>
        <translation>Loss nach Tiefe</translation>
    </message>
    <message>
        <source>Loss without a layer</source>
        <translation>Loss ohne eine Schicht</translation>
    </message>
    <message>
        <source>Loss without them, one by one</source>
        <translation>Loss ohne sie, einzeln</translation>
    </message>
    <message>
        <source>Lottery ticket</source>
        <translation>Lottery Ticket</translation>
    </message>
    <message>
        <source>Lottery tickets</source>
        <translation>Lottery Tickets</translation>
    </message>
    <message>
        <source>Low rank</source>
        <translation>Low-Rank</translation>
    </message>
    <message>
        <source>Low rank by SVD</source>
        <translation>Low-Rank durch SVD</translation>
    </message>
    <message>
        <source>Low-rank quantization-aware training</source>
        <translation>Low-Rank Quantization-Aware Training</translation>
    </message>
    <message>
        <source>Low-rank term and scales</source>
        <translation>Low-Rank-Term und Skalen</translation>
    </message>
    <message>
        <source>MB for one head</source>
        <translation>MB für einen Kopf</translation>
    </message>
    <message>
        <source>MLP channels to remove, by number</source>
        <translation>Zu entfernende MLP-Kanäle, nach Nummer</translation>
    </message>
    <message>
        <source>MXFP4 (groups of 32)</source>
        <translation>MXFP4 (32er-Gruppen)</translation>
    </message>
    <message>
        <source>MXFP4 error</source>
        <translation>MXFP4-Fehler</translation>
    </message>
    <message>
        <source>Magnitude</source>
        <translation>Betrag</translation>
    </message>
    <message>
        <source>Mask initialization</source>
        <translation>Initialisierung der Masken</translation>
    </message>
    <message>
        <source>Masked loss</source>
        <translation>Masked-LM-Loss</translation>
    </message>
    <message>
        <source>Masks</source>
        <translation>Masken</translation>
    </message>
    <message>
        <source>Masks first</source>
        <translation>Erst die Masken</translation>
    </message>
    <message>
        <source>Max</source>
        <translation>Max</translation>
    </message>
    <message>
        <source>Maximum</source>
        <translation>Maximum</translation>
    </message>
    <message>
        <source>Maximum gradient norm</source>
        <translation>Maximale Gradientennorm</translation>
    </message>
    <message>
        <source>Mean</source>
        <translation>Mittelwert</translation>
    </message>
    <message>
        <source>Measure</source>
        <translation>Messen</translation>
    </message>
    <message>
        <source>Measure speed</source>
        <translation>Geschwindigkeit messen</translation>
    </message>
    <message>
        <source>Measured on</source>
        <translation>Gemessen auf</translation>
    </message>
    <message>
        <source>Measuring</source>
        <translation>Misst</translation>
    </message>
    <message>
        <source>Measuring answer {0} of {1}</source>
        <translation>Misst Antwort {0} von {1}</translation>
    </message>
    <message>
        <source>Measuring layer {0} of {1}</source>
        <translation>Misst Schicht {0} von {1}</translation>
    </message>
    <message>
        <source>Measuring llama.cpp&apos;s speed in {0}</source>
        <translation>Misst die Geschwindigkeit von llama.cpp in {0}</translation>
    </message>
    <message>
        <source>Measuring plan {0} of {1}</source>
        <translation>Misst Plan {0} von {1}</translation>
    </message>
    <message>
        <source>Measuring position {0} of {1}</source>
        <translation>Misst Position {0} von {1}</translation>
    </message>
    <message>
        <source>Measuring round {0} of {1}</source>
        <translation>Misst Runde {0} von {1}</translation>
    </message>
    <message>
        <source>Measuring speed</source>
        <translation>Misst die Geschwindigkeit</translation>
    </message>
    <message>
        <source>Measuring the original: answer {0} of {1}</source>
        <translation>Misst das Original: Antwort {0} von {1}</translation>
    </message>
    <message>
        <source>Measuring the original: layer {0} of {1}</source>
        <translation>Misst das Original: Schicht {0} von {1}</translation>
    </message>
    <message>
        <source>Measuring the original: position {0} of {1}</source>
        <translation>Misst das Original: Position {0} von {1}</translation>
    </message>
    <message>
        <source>Measuring the original: window {0} of {1}</source>
        <translation>Misst das Original: Fenster {0} von {1}</translation>
    </message>
    <message>
        <source>Measuring the original: {0}</source>
        <translation>Misst das Original: {0}</translation>
    </message>
    <message>
        <source>Measuring the plan</source>
        <translation>Misst den Plan</translation>
    </message>
    <message>
        <source>Measuring the plan on held-out text</source>
        <translation>Misst den Plan auf zurückgehaltenem Text</translation>
    </message>
    <message>
        <source>Measuring the source model</source>
        <translation>Misst das Ausgangsmodell</translation>
    </message>
    <message>
        <source>Measuring the uniform model on held-out text</source>
        <translation>Misst das einheitliche Modell auf zurückgehaltenem Text</translation>
    </message>
    <message>
        <source>Measuring window {0} of {1}</source>
        <translation>Misst Fenster {0} von {1}</translation>
    </message>
    <message>
        <source>Measuring {0}</source>
        <translation>Misst {0}</translation>
    </message>
    <message>
        <source>Megabytes</source>
        <translation>Megabyte</translation>
    </message>
    <message>
        <source>Merge them</source>
        <translation>Zusammenführen</translation>
    </message>
    <message>
        <source>Merge them, in 16 bits</source>
        <translation>Zusammenführen, in 16 Bit</translation>
    </message>
    <message>
        <source>Merged into others</source>
        <translation>In andere einrechnen</translation>
    </message>
    <message>
        <source>Merged rotations only</source>
        <translation>Nur eingerechnete Rotationen</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>Methode</translation>
    </message>
    <message>
        <source>Micro-batch size</source>
        <translation>Microbatch-Größe</translation>
    </message>
    <message>
        <source>Migration strength</source>
        <translation>Migrationsstärke</translation>
    </message>
    <message>
        <source>Million parameters</source>
        <translation>Millionen Parameter</translation>
    </message>
    <message>
        <source>Milliseconds a sample</source>
        <translation>Millisekunden je Beispiel</translation>
    </message>
    <message>
        <source>Min</source>
        <translation>Min</translation>
    </message>
    <message>
        <source>Minimum</source>
        <translation>Minimum</translation>
    </message>
    <message>
        <source>Minimum of the group (GGUF, container)</source>
        <translation>Minimum der Gruppe (GGUF, Container)</translation>
    </message>
    <message>
        <source>Minimum rank</source>
        <translation>Kleinster Rang</translation>
    </message>
    <message>
        <source>Mixed precision</source>
        <translation>Gemischte Präzision</translation>
    </message>
    <message>
        <source>Mixing rate</source>
        <translation>Mischrate</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>Modelle</translation>
    </message>
    <message>
        <source>NF4 and FP4</source>
        <translation>NF4 und FP4</translation>
    </message>
    <message>
        <source>NF4 error</source>
        <translation>NF4-Fehler</translation>
    </message>
    <message>
        <source>NF4, FP4 and integers</source>
        <translation>NF4, FP4 und Integer</translation>
    </message>
    <message>
        <source>NVFP4 (groups of 16, and one scale fixed on a text)</source>
        <translation>NVFP4 (16er-Gruppen, dazu eine Skala, an einem Text bestimmt)</translation>
    </message>
    <message>
        <source>NVFP4 error</source>
        <translation>NVFP4-Fehler</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Narrower</source>
        <translation>Schmaler</translation>
    </message>
    <message>
        <source>Narrower, taught, 4 bit</source>
        <translation>Schmaler, angelernt, 4 Bit</translation>
    </message>
    <message>
        <source>Nearest</source>
        <translation>Nächster Wert</translation>
    </message>
    <message>
        <source>Next token of the text</source>
        <translation>Nächstes Token des Textes</translation>
    </message>
    <message>
        <source>No</source>
        <translation>Nein</translation>
    </message>
    <message>
        <source>None</source>
        <translation>Keine</translation>
    </message>
    <message>
        <source>None: shares stay</source>
        <translation>Keine: Anteile bleiben</translation>
    </message>
    <message>
        <source>Norm</source>
        <translation>Norm</translation>
    </message>
    <message>
        <source>NormalFloat (NF4)</source>
        <translation>NormalFloat (NF4)</translation>
    </message>
    <message>
        <source>Not at all: E and F for every head</source>
        <translation>Gar nicht: E und F für jeden Kopf</translation>
    </message>
    <message>
        <source>Not quantized</source>
        <translation>Nicht quantisiert</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Notiz</translation>
    </message>
    <message>
        <source>Nothing</source>
        <translation>Nichts</translation>
    </message>
    <message>
        <source>Number formats compared</source>
        <translation>Zahlenformate im Vergleich</translation>
    </message>
    <message>
        <source>Numbers</source>
        <translation>Zahlen</translation>
    </message>
    <message>
        <source>Objective</source>
        <translation>Zielfunktion</translation>
    </message>
    <message>
        <source>Of each layer</source>
        <translation>Jeder Schicht</translation>
    </message>
    <message>
        <source>Of the original model</source>
        <translation>Des Originalmodells</translation>
    </message>
    <message>
        <source>Of the source model</source>
        <translation>Des Quellmodells</translation>
    </message>
    <message>
        <source>Of the source model, scaled to the size</source>
        <translation>Des Quellmodells, auf die Größe skaliert</translation>
    </message>
    <message>
        <source>Of the whole model</source>
        <translation>Des ganzen Modells</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>Aus</translation>
    </message>
    <message>
        <source>On-policy</source>
        <translation>On-policy</translation>
    </message>
    <message>
        <source>One R2 per layer</source>
        <translation>Ein R2 je Schicht</translation>
    </message>
    <message>
        <source>One bit, learned</source>
        <translation>Ein Bit, gelernt</translation>
    </message>
    <message>
        <source>One output</source>
        <translation>Ein Ausgang</translation>
    </message>
    <message>
        <source>One scale per</source>
        <translation>Eine Skala je</translation>
    </message>
    <message>
        <source>One-shot pruning</source>
        <translation>One-Shot-Pruning</translation>
    </message>
    <message>
        <source>OneBit</source>
        <translation>OneBit</translation>
    </message>
    <message>
        <source>Only the last</source>
        <translation>Nur die letzte</translation>
    </message>
    <message>
        <source>Optimizer</source>
        <translation>Optimizer</translation>
    </message>
    <message>
        <source>Order of learning</source>
        <translation>Reihenfolge des Lernens</translation>
    </message>
    <message>
        <source>Original model</source>
        <translation>Originalmodell</translation>
    </message>
    <message>
        <source>Orthogonal halves</source>
        <translation>Orthogonale Hälften</translation>
    </message>
    <message>
        <source>Orthogonality error</source>
        <translation>Orthogonalitätsfehler</translation>
    </message>
    <message>
        <source>Orthonormal basis of the weight (OLoRA)</source>
        <translation>Orthonormalbasis des Gewichts (OLoRA)</translation>
    </message>
    <message>
        <source>Other tensors stored as</source>
        <translation>Übrige Tensoren gespeichert als</translation>
    </message>
    <message>
        <source>Output channel</source>
        <translation>Ausgangskanal</translation>
    </message>
    <message>
        <source>Output of the layer</source>
        <translation>Ausgang der Schicht</translation>
    </message>
    <message>
        <source>Output tensor</source>
        <translation>Output-Tensor</translation>
    </message>
    <message>
        <source>PEFT adapter</source>
        <translation>PEFT-Adapter</translation>
    </message>
    <message>
        <source>Parameter sharing</source>
        <translation>Gemeinsame Parameter</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>Parameter</translation>
    </message>
    <message>
        <source>Parameters removed</source>
        <translation>Entfernte Parameter</translation>
    </message>
    <message>
        <source>Pattern</source>
        <translation>Muster</translation>
    </message>
    <message>
        <source>Peak device memory</source>
        <translation>Spitzenspeicher des Geräts</translation>
    </message>
    <message>
        <source>Peak memory</source>
        <translation>Spitzenspeicher</translation>
    </message>
    <message>
        <source>Percentile</source>
        <translation>Perzentil</translation>
    </message>
    <message>
        <source>Perplexity</source>
        <translation>Perplexität</translation>
    </message>
    <message>
        <source>Pivoting factorization (PIFA)</source>
        <translation>Pivot-Faktorisierung (PIFA)</translation>
    </message>
    <message>
        <source>Place</source>
        <translation>Stelle</translation>
    </message>
    <message>
        <source>Plan</source>
        <translation>Plan</translation>
    </message>
    <message>
        <source>Pooled cosine</source>
        <translation>Gepoolter Kosinus</translation>
    </message>
    <message>
        <source>Predict speed</source>
        <translation>Geschwindigkeit vorhersagen</translation>
    </message>
    <message>
        <source>Prefer</source>
        <translation>Bevorzugt</translation>
    </message>
    <message>
        <source>Prefill</source>
        <translation>Prefill</translation>
    </message>
    <message>
        <source>Projected dimension by layer</source>
        <translation>Projizierte Dimension je Schicht</translation>
    </message>
    <message>
        <source>Projected dimension k</source>
        <translation>Projizierte Dimension k</translation>
    </message>
    <message>
        <source>Projected dimension of a segment</source>
        <translation>Projizierte Dimension eines Segments</translation>
    </message>
    <message>
        <source>Projections only</source>
        <translation>Nur Projektionen</translation>
    </message>
    <message>
        <source>Prompt length</source>
        <translation>Prompt-Länge</translation>
    </message>
    <message>
        <source>Prompts or texts</source>
        <translation>Prompts oder Texte</translation>
    </message>
    <message>
        <source>Proportions</source>
        <translation>Anteile</translation>
    </message>
    <message>
        <source>Proposed for a budget</source>
        <translation>Vorschlag für ein Budget</translation>
    </message>
    <message>
        <source>Prune the embedding</source>
        <translation>Embedding prunen</translation>
    </message>
    <message>
        <source>Prune the head</source>
        <translation>Head prunen</translation>
    </message>
    <message>
        <source>Pruned, healed with LoRA</source>
        <translation>Gepruned, mit LoRA geheilt</translation>
    </message>
    <message>
        <source>Pruning</source>
        <translation>Pruning</translation>
    </message>
    <message>
        <source>Pruning layer {0} of {1}</source>
        <translation>Prunt Schicht {0} von {1}</translation>
    </message>
    <message>
        <source>Pruning rate of the head</source>
        <translation>Pruning-Rate des Heads</translation>
    </message>
    <message>
        <source>Pruning scope</source>
        <translation>Pruning-Bereich</translation>
    </message>
    <message>
        <source>Pruning {0}</source>
        <translation>Prunt {0}</translation>
    </message>
    <message>
        <source>QLoRA</source>
        <translation>QLoRA</translation>
    </message>
    <message>
        <source>Quantization</source>
        <translation>Quantisierung</translation>
    </message>
    <message>
        <source>Quantize embeddings</source>
        <translation>Embeddings quantisieren</translation>
    </message>
    <message>
        <source>Quantize head</source>
        <translation>Head quantisieren</translation>
    </message>
    <message>
        <source>Quantizing layer {0} of {1}</source>
        <translation>Quantisiert Schicht {0} von {1}</translation>
    </message>
    <message>
        <source>Quantizing {0}</source>
        <translation>Quantisiert {0}</translation>
    </message>
    <message>
        <source>Queries</source>
        <translation>Queries</translation>
    </message>
    <message>
        <source>Queries, keys and values</source>
        <translation>Queries, Keys und Values</translation>
    </message>
    <message>
        <source>Quick</source>
        <translation>Schnell</translation>
    </message>
    <message>
        <source>R1: residual stream</source>
        <translation>R1: Residual Stream</translation>
    </message>
    <message>
        <source>R2: values</source>
        <translation>R2: Values</translation>
    </message>
    <message>
        <source>R3: queries and keys</source>
        <translation>R3: Queries und Keys</translation>
    </message>
    <message>
        <source>R4: MLP</source>
        <translation>R4: MLP</translation>
    </message>
    <message>
        <source>REAP (router weight × output)</source>
        <translation>REAP (Routergewicht × Ausgang)</translation>
    </message>
    <message>
        <source>Random (JL)</source>
        <translation>Zufällig (JL)</translation>
    </message>
    <message>
        <source>Random Hadamard</source>
        <translation>Zufällige Hadamard-Matrix</translation>
    </message>
    <message>
        <source>Random orthogonal</source>
        <translation>Zufällige orthogonale Matrix</translation>
    </message>
    <message>
        <source>Random, B zero (Gaussian)</source>
        <translation>Zufällig, B null (Gauß)</translation>
    </message>
    <message>
        <source>Random, B zero (Kaiming uniform)</source>
        <translation>Zufällig, B null (Kaiming, gleichverteilt)</translation>
    </message>
    <message>
        <source>Random, from a config</source>
        <translation>Zufällig, aus einer Konfiguration</translation>
    </message>
    <message>
        <source>Ranges at 3 bits</source>
        <translation>Bereiche bei 3 Bit</translation>
    </message>
    <message>
        <source>Rank</source>
        <translation>Rang</translation>
    </message>
    <message>
        <source>Rank allocation</source>
        <translation>Rangverteilung</translation>
    </message>
    <message>
        <source>Rank multiple</source>
        <translation>Vielfaches des Rangs</translation>
    </message>
    <message>
        <source>Rank of the update</source>
        <translation>Rang der Änderung</translation>
    </message>
    <message>
        <source>Rank r</source>
        <translation>Rang r</translation>
    </message>
    <message>
        <source>Rank-stabilized (rsLoRA)</source>
        <translation>Rangstabilisiert (rsLoRA)</translation>
    </message>
    <message>
        <source>Ranks</source>
        <translation>Ränge</translation>
    </message>
    <message>
        <source>Ranks of some layers</source>
        <translation>Ränge einzelner Schichten</translation>
    </message>
    <message>
        <source>Ratio</source>
        <translation>Verhältnis</translation>
    </message>
    <message>
        <source>Ratios tried</source>
        <translation>Versuchte Verhältnisse</translation>
    </message>
    <message>
        <source>Read a file</source>
        <translation>Datei lesen</translation>
    </message>
    <message>
        <source>Reading the text</source>
        <translation>Liest den Text</translation>
    </message>
    <message>
        <source>Recovery</source>
        <translation>Erholung</translation>
    </message>
    <message>
        <source>Reference loss of each domain</source>
        <translation>Referenz-Loss jeder Domäne</translation>
    </message>
    <message>
        <source>Reference losses</source>
        <translation>Referenz-Losses</translation>
    </message>
    <message>
        <source>Refine</source>
        <translation>Verfeinern</translation>
    </message>
    <message>
        <source>Refine after rounding</source>
        <translation>Verfeinern nach dem Runden</translation>
    </message>
    <message>
        <source>Rel. error</source>
        <translation>Rel. Fehler</translation>
    </message>
    <message>
        <source>Relation heads</source>
        <translation>Relationsköpfe</translation>
    </message>
    <message>
        <source>Relations</source>
        <translation>Relationen</translation>
    </message>
    <message>
        <source>Relative error</source>
        <translation>Relativer Fehler</translation>
    </message>
    <message>
        <source>Relative importance × input (RIA)</source>
        <translation>Relative Wichtigkeit × Eingang (RIA)</translation>
    </message>
    <message>
        <source>Remaining weights</source>
        <translation>Verbleibende Gewichte</translation>
    </message>
    <message>
        <source>Remove experts</source>
        <translation>Experten entfernen</translation>
    </message>
    <message>
        <source>Remove heads and channels</source>
        <translation>Heads und Kanäle entfernen</translation>
    </message>
    <message>
        <source>Remove layers</source>
        <translation>Schichten entfernen</translation>
    </message>
    <message>
        <source>Removed experts</source>
        <translation>Entfernte Experten</translation>
    </message>
    <message>
        <source>Repeats</source>
        <translation>Wiederholungen</translation>
    </message>
    <message>
        <source>Residual stream</source>
        <translation>Residual Stream</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>Ergebnis</translation>
    </message>
    <message>
        <source>Result of a compression</source>
        <translation>Ergebnis einer Kompression</translation>
    </message>
    <message>
        <source>Reverse KL</source>
        <translation>Rückwärts-KL</translation>
    </message>
    <message>
        <source>Revision</source>
        <translation>Revision</translation>
    </message>
    <message>
        <source>Rewind step</source>
        <translation>Rückspulschritt</translation>
    </message>
    <message>
        <source>Rewind to</source>
        <translation>Zurückspulen auf</translation>
    </message>
    <message>
        <source>Rewinding</source>
        <translation>Zurückspulen</translation>
    </message>
    <message>
        <source>Rotate within groups</source>
        <translation>Innerhalb von Gruppen rotieren</translation>
    </message>
    <message>
        <source>Rotation</source>
        <translation>Rotation</translation>
    </message>
    <message>
        <source>Rotations</source>
        <translation>Rotationen</translation>
    </message>
    <message>
        <source>Rotations compared</source>
        <translation>Rotationen im Vergleich</translation>
    </message>
    <message>
        <source>Round to nearest</source>
        <translation>Round-to-Nearest</translation>
    </message>
    <message>
        <source>Round {0}</source>
        <translation>Runde {0}</translation>
    </message>
    <message>
        <source>Round {0} trial {1}, new weights</source>
        <translation>Runde {0}, Versuch {1}, neue Gewichte</translation>
    </message>
    <message>
        <source>Round {0} trial {1}, random mask</source>
        <translation>Runde {0}, Versuch {1}, zufällige Maske</translation>
    </message>
    <message>
        <source>Rounding</source>
        <translation>Rundung</translation>
    </message>
    <message>
        <source>Rounds</source>
        <translation>Runden</translation>
    </message>
    <message>
        <source>Routing frequency</source>
        <translation>Routing-Häufigkeit</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Lauf</translation>
    </message>
    <message>
        <source>SGD with momentum</source>
        <translation>SGD mit Momentum</translation>
    </message>
    <message>
        <source>SQNR</source>
        <translation>SQNR</translation>
    </message>
    <message>
        <source>SQNR (dB)</source>
        <translation>SQNR (dB)</translation>
    </message>
    <message>
        <source>SVD</source>
        <translation>SVD</translation>
    </message>
    <message>
        <source>Same share everywhere</source>
        <translation>Überall derselbe Anteil</translation>
    </message>
    <message>
        <source>Sample, 4 bit</source>
        <translation>Beispiel, 4 Bit</translation>
    </message>
    <message>
        <source>Samples</source>
        <translation>Beispiele</translation>
    </message>
    <message>
        <source>Samples for GPTQ</source>
        <translation>Beispiele für GPTQ</translation>
    </message>
    <message>
        <source>Samples for the loss</source>
        <translation>Beispiele für den Loss</translation>
    </message>
    <message>
        <source>Samples of the backward pass</source>
        <translation>Beispiele des Rückwärtslaufs</translation>
    </message>
    <message>
        <source>Save the importance matrix as</source>
        <translation>Importance-Matrix speichern als</translation>
    </message>
    <message>
        <source>Scale dtype</source>
        <translation>dtype der Skalen</translation>
    </message>
    <message>
        <source>Scales and codes</source>
        <translation>Skalen und Codes</translation>
    </message>
    <message>
        <source>Scales and minima</source>
        <translation>Skalen und Minima</translation>
    </message>
    <message>
        <source>Scales learned as</source>
        <translation>Skalen gelernt als</translation>
    </message>
    <message>
        <source>Scales only</source>
        <translation>Nur Skalen</translation>
    </message>
    <message>
        <source>Scales with ranges</source>
        <translation>Skalen mit Bereichen</translation>
    </message>
    <message>
        <source>Scaling exponent</source>
        <translation>Skalierungsexponent</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>Bewertung</translation>
    </message>
    <message>
        <source>Search for the smallest error</source>
        <translation>Suche nach dem kleinsten Fehler</translation>
    </message>
    <message>
        <source>Search ranges</source>
        <translation>Bereiche suchen</translation>
    </message>
    <message>
        <source>Search steps</source>
        <translation>Suchschritte</translation>
    </message>
    <message>
        <source>Search with an importance matrix (input energy)</source>
        <translation>Suche mit Importance-Matrix (Eingangsenergie)</translation>
    </message>
    <message>
        <source>Search {0}, dense</source>
        <translation>Suche {0}, dicht</translation>
    </message>
    <message>
        <source>Search {0}, round {1}</source>
        <translation>Suche {0}, Runde {1}</translation>
    </message>
    <message>
        <source>Search {0}, round {1} trial {2}, new weights</source>
        <translation>Suche {0}, Runde {1}, Versuch {2}, neue Gewichte</translation>
    </message>
    <message>
        <source>Search {0}, round {1} trial {2}, random mask</source>
        <translation>Suche {0}, Runde {1}, Versuch {2}, zufällige Maske</translation>
    </message>
    <message>
        <source>Second factor</source>
        <translation>Zweiter Faktor</translation>
    </message>
    <message>
        <source>Second order (SparseGPT)</source>
        <translation>Zweite Ordnung (SparseGPT)</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Seed</translation>
    </message>
    <message>
        <source>Seed of the texts</source>
        <translation>Seed der Texte</translation>
    </message>
    <message>
        <source>Segment length</source>
        <translation>Segmentlänge</translation>
    </message>
    <message>
        <source>Segment means</source>
        <translation>Segmentmittel</translation>
    </message>
    <message>
        <source>Sequence length</source>
        <translation>Sequenzlänge</translation>
    </message>
    <message>
        <source>Sequence-level distillation</source>
        <translation>Destillation auf Sequenzebene</translation>
    </message>
    <message>
        <source>Shallower</source>
        <translation>Flacher</translation>
    </message>
    <message>
        <source>Share of experts to remove</source>
        <translation>Anteil zu entfernender Experten</translation>
    </message>
    <message>
        <source>Sheared LLaMA</source>
        <translation>Sheared LLaMA</translation>
    </message>
    <message>
        <source>Sheared, taught, rotated, quantized</source>
        <translation>Geschert, angelernt, rotiert, quantisiert</translation>
    </message>
    <message>
        <source>Short and long answers</source>
        <translation>Kurze und lange Antworten</translation>
    </message>
    <message>
        <source>Short answers</source>
        <translation>Kurze Antworten</translation>
    </message>
    <message>
        <source>Singular values</source>
        <translation>Singulärwerte</translation>
    </message>
    <message>
        <source>Singular values of the update</source>
        <translation>Singulärwerte der Änderung</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Size of the tensors</source>
        <translation>Größe der Tensoren</translation>
    </message>
    <message>
        <source>Size on disk</source>
        <translation>Größe auf dem Datenträger</translation>
    </message>
    <message>
        <source>Size only</source>
        <translation>Nur Größe</translation>
    </message>
    <message>
        <source>Skew</source>
        <translation>Schiefe</translation>
    </message>
    <message>
        <source>Skewed forward KL</source>
        <translation>Schiefe Vorwärts-KL</translation>
    </message>
    <message>
        <source>Skewed reverse KL</source>
        <translation>Schiefe Rückwärts-KL</translation>
    </message>
    <message>
        <source>Smooth</source>
        <translation>Glätten</translation>
    </message>
    <message>
        <source>SmoothQuant</source>
        <translation>SmoothQuant</translation>
    </message>
    <message>
        <source>SmoothQuant: 8-bit weights and activations</source>
        <translation>SmoothQuant: 8-Bit-Gewichte und -Aktivierungen</translation>
    </message>
    <message>
        <source>Solve codes first</source>
        <translation>Codes zuerst lösen</translation>
    </message>
    <message>
        <source>Sparsity</source>
        <translation>Sparsity</translation>
    </message>
    <message>
        <source>Sparsity of some layers</source>
        <translation>Sparsity einzelner Schichten</translation>
    </message>
    <message>
        <source>SpinQuant</source>
        <translation>SpinQuant</translation>
    </message>
    <message>
        <source>Spread by error</source>
        <translation>Nach Fehler verteilt</translation>
    </message>
    <message>
        <source>Squared difference (L2)</source>
        <translation>Quadrierte Differenz (L2)</translation>
    </message>
    <message>
        <source>Standard deviation</source>
        <translation>Standardabweichung</translation>
    </message>
    <message>
        <source>Std</source>
        <translation>Std.</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>Schritte</translation>
    </message>
    <message>
        <source>Stored as</source>
        <translation>Gespeichert als</translation>
    </message>
    <message>
        <source>Stored numbers</source>
        <translation>Gespeicherte Zahlen</translation>
    </message>
    <message>
        <source>Storing layer {0} of {1}</source>
        <translation>Speichert Schicht {0} von {1}</translation>
    </message>
    <message>
        <source>Storing the result</source>
        <translation>Speichert das Ergebnis</translation>
    </message>
    <message>
        <source>Storing {0}</source>
        <translation>Speichert {0}</translation>
    </message>
    <message>
        <source>Student</source>
        <translation>Schüler</translation>
    </message>
    <message>
        <source>Symmetric</source>
        <translation>Symmetrisch</translation>
    </message>
    <message>
        <source>Symmetric KL</source>
        <translation>Symmetrische KL</translation>
    </message>
    <message>
        <source>Symmetric activations</source>
        <translation>Symmetrische Aktivierungen</translation>
    </message>
    <message>
        <source>Target</source>
        <translation>Ziel</translation>
    </message>
    <message>
        <source>Target modules</source>
        <translation>Zielmodule</translation>
    </message>
    <message>
        <source>Target shape</source>
        <translation>Zielform</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>Temperatur</translation>
    </message>
    <message>
        <source>Tensor types</source>
        <translation>Tensortypen</translation>
    </message>
    <message>
        <source>Tensors</source>
        <translation>Tensoren</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>Text</translation>
    </message>
    <message>
        <source>Texts</source>
        <translation>Texte</translation>
    </message>
    <message>
        <source>Texts to generate</source>
        <translation>Zu erzeugende Texte</translation>
    </message>
    <message>
        <source>The 16-bit model (KL divergence)</source>
        <translation>Das 16-Bit-Modell (KL-Divergenz)</translation>
    </message>
    <message>
        <source>The best: attention, or segments in decoders</source>
        <translation>Die beste: Attention, bei Decodern Segmente</translation>
    </message>
    <message>
        <source>The incoming model</source>
        <translation>Das eingehende Modell</translation>
    </message>
    <message>
        <source>The layer</source>
        <translation>Die Schicht</translation>
    </message>
    <message>
        <source>The original&apos;s outputs</source>
        <translation>Die Ausgaben des Originals</translation>
    </message>
    <message>
        <source>The outputs (whitened, SVD-LLM)</source>
        <translation>Die Ausgänge (geweißt, SVD-LLM)</translation>
    </message>
    <message>
        <source>The outputs, by their gradients (whitened, Fisher)</source>
        <translation>Die Ausgänge, nach ihren Gradienten (geweißt, Fisher)</translation>
    </message>
    <message>
        <source>The same in all layers</source>
        <translation>Gleich in allen Schichten</translation>
    </message>
    <message>
        <source>The shape of a config</source>
        <translation>Die Form einer Konfiguration</translation>
    </message>
    <message>
        <source>The teacher writes them</source>
        <translation>Der Lehrer schreibt sie</translation>
    </message>
    <message>
        <source>The teacher writes: {0} of {1} texts</source>
        <translation>Der Teacher schreibt: {0} von {1} Texten</translation>
    </message>
    <message>
        <source>The text</source>
        <translation>Der Text</translation>
    </message>
    <message>
        <source>The text (cross-entropy, as published)</source>
        <translation>Der Text (Kreuzentropie, wie veröffentlicht)</translation>
    </message>
    <message>
        <source>The weights (plain SVD)</source>
        <translation>Die Gewichte (einfache SVD)</translation>
    </message>
    <message>
        <source>Also trains the weights of the model&apos;s norms. They are stored in their original data type, so the file keeps its size.</source>
        <translation>Auch die Gewichte der Normen des Modells lernen. Sie werden im Datentyp gespeichert, in dem sie kamen; die Datei behält ihre Größe.</translation>
    </message>
    <message>
        <source>The whole model</source>
        <translation>Das ganze Modell</translation>
    </message>
    <message>
        <source>This program&apos;s container</source>
        <translation>Container dieses Programms</translation>
    </message>
    <message>
        <source>Tied embeddings</source>
        <translation>Geteilte Embeddings</translation>
    </message>
    <message>
        <source>Time limit</source>
        <translation>Zeitlimit</translation>
    </message>
    <message>
        <source>Together</source>
        <translation>Gemeinsam</translation>
    </message>
    <message>
        <source>Token embedding</source>
        <translation>Token-Embedding</translation>
    </message>
    <message>
        <source>Token flips</source>
        <translation>Token-Wechsel</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>Tokens per expert</source>
        <translation>Token je Experte</translation>
    </message>
    <message>
        <source>Tokens per second</source>
        <translation>Token je Sekunde</translation>
    </message>
    <message>
        <source>Top-1</source>
        <translation>Top-1</translation>
    </message>
    <message>
        <source>Top-1 agreement</source>
        <translation>Top-1-Übereinstimmung</translation>
    </message>
    <message>
        <source>Total variation</source>
        <translation>Totalvariation</translation>
    </message>
    <message>
        <source>Toward the original&apos;s outputs</source>
        <translation>Auf die Ausgänge des Originals hin</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>Trainiert wird</translation>
    </message>
    <message>
        <source>Train controls</source>
        <translation>Kontrollen trainieren</translation>
    </message>
    <message>
        <source>Train embeddings</source>
        <translation>Embeddings trainieren</translation>
    </message>
    <message>
        <source>Train norms</source>
        <translation>Normen trainieren</translation>
    </message>
    <message>
        <source>Train the weights too</source>
        <translation>Auch die Gewichte trainieren</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>Training</translation>
    </message>
    <message>
        <source>Training data</source>
        <translation>Trainingsdaten</translation>
    </message>
    <message>
        <source>Training from scratch</source>
        <translation>Training von Grund auf</translation>
    </message>
    <message>
        <source>Trials</source>
        <translation>Versuche</translation>
    </message>
    <message>
        <source>Trying without layer {0}</source>
        <translation>Versucht es ohne Schicht {0}</translation>
    </message>
    <message>
        <source>Trying {0} of {1} experts</source>
        <translation>Versucht {0} von {1} Experten</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>Typ</translation>
    </message>
    <message>
        <source>Unstructured</source>
        <translation>Unstrukturiert</translation>
    </message>
    <message>
        <source>Use of the codes</source>
        <translation>Nutzung der Codes</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>Values</source>
        <translation>Werte</translation>
    </message>
    <message>
        <source>Variant</source>
        <translation>Variante</translation>
    </message>
    <message>
        <source>Verifying</source>
        <translation>Prüft</translation>
    </message>
    <message>
        <source>Verifying answer {0} of {1}</source>
        <translation>Prüft Antwort {0} von {1}</translation>
    </message>
    <message>
        <source>Verifying layer {0} of {1}</source>
        <translation>Prüft Schicht {0} von {1}</translation>
    </message>
    <message>
        <source>Verifying position {0} of {1}</source>
        <translation>Prüft Position {0} von {1}</translation>
    </message>
    <message>
        <source>Verifying window {0} of {1}</source>
        <translation>Prüft Fenster {0} von {1}</translation>
    </message>
    <message>
        <source>Verifying {0}</source>
        <translation>Prüft {0}</translation>
    </message>
    <message>
        <source>Vocabulary</source>
        <translation>Vokabular</translation>
    </message>
    <message>
        <source>Warm-up</source>
        <translation>Warm-up</translation>
    </message>
    <message>
        <source>Warm-up of the target</source>
        <translation>Warm-up des Ziels</translation>
    </message>
    <message>
        <source>Weight decay</source>
        <translation>Weight Decay</translation>
    </message>
    <message>
        <source>Weight decomposition (DoRA)</source>
        <translation>Gewichtszerlegung (DoRA)</translation>
    </message>
    <message>
        <source>Weight of attention maps</source>
        <translation>Gewicht der Attention-Maps</translation>
    </message>
    <message>
        <source>Weight of hidden states</source>
        <translation>Gewicht der Hidden States</translation>
    </message>
    <message>
        <source>Weight of relations</source>
        <translation>Gewicht der Relationen</translation>
    </message>
    <message>
        <source>Weight of the KL divergence</source>
        <translation>Gewicht der KL-Divergenz</translation>
    </message>
    <message>
        <source>Weight of the cross-entropy</source>
        <translation>Gewicht der Kreuzentropie</translation>
    </message>
    <message>
        <source>Weight quantization</source>
        <translation>Gewichtsquantisierung</translation>
    </message>
    <message>
        <source>Weight × input (Wanda)</source>
        <translation>Gewicht × Eingang (Wanda)</translation>
    </message>
    <message>
        <source>Weights scaled by activations (ASVD)</source>
        <translation>Mit Aktivierungen skalierte Gewichte (ASVD)</translation>
    </message>
    <message>
        <source>What is learned</source>
        <translation>Was gelernt wird</translation>
    </message>
    <message>
        <source>What it adds</source>
        <translation>Sein Beitrag</translation>
    </message>
    <message>
        <source>Whole numbers</source>
        <translation>Ganze Zahlen</translation>
    </message>
    <message>
        <source>Whole tensor</source>
        <translation>Ganzer Tensor</translation>
    </message>
    <message>
        <source>Width pruning</source>
        <translation>Breiten-Pruning</translation>
    </message>
    <message>
        <source>Window size</source>
        <translation>Fenstergröße</translation>
    </message>
    <message>
        <source>Windows</source>
        <translation>Fenster</translation>
    </message>
    <message>
        <source>With online transforms</source>
        <translation>Mit Online-Transformationen</translation>
    </message>
    <message>
        <source>Working</source>
        <translation>Arbeitet</translation>
    </message>
    <message>
        <source>Working on layer {0} of {1}</source>
        <translation>Bearbeitet Schicht {0} von {1}</translation>
    </message>
    <message>
        <source>Working on {0}</source>
        <translation>Bearbeitet {0}</translation>
    </message>
    <message>
        <source>Writing layer {0} of {1}</source>
        <translation>Schreibt Schicht {0} von {1}</translation>
    </message>
    <message>
        <source>Writing the description of the result</source>
        <translation>Schreibt die Beschreibung des Ergebnisses</translation>
    </message>
    <message>
        <source>Writing the report</source>
        <translation>Schreibt den Bericht</translation>
    </message>
    <message>
        <source>Writing {0}</source>
        <translation>Schreibt {0}</translation>
    </message>
    <message>
        <source>Zero points</source>
        <translation>Nullpunkte</translation>
    </message>
    <message>
        <source>after</source>
        <translation>danach</translation>
    </message>
    <message>
        <source>all zero</source>
        <translation>alle null</translation>
    </message>
    <message>
        <source>attention</source>
        <translation>Attention</translation>
    </message>
    <message>
        <source>before</source>
        <translation>davor</translation>
    </message>
    <message>
        <source>before layer</source>
        <translation>vor Schicht</translation>
    </message>
    <message>
        <source>better</source>
        <translation>besser</translation>
    </message>
    <message>
        <source>between layers</source>
        <translation>zwischen Schichten</translation>
    </message>
    <message>
        <source>bits</source>
        <translation>Bits</translation>
    </message>
    <message>
        <source>bitsandbytes</source>
        <translation>bitsandbytes</translation>
    </message>
    <message>
        <source>both collapsed</source>
        <translation>beide kollabiert</translation>
    </message>
    <message>
        <source>broken</source>
        <translation>defekt</translation>
    </message>
    <message>
        <source>chosen</source>
        <translation>gewählt</translation>
    </message>
    <message>
        <source>collapsed</source>
        <translation>kollabiert</translation>
    </message>
    <message>
        <source>compressed-tensors</source>
        <translation>compressed-tensors</translation>
    </message>
    <message>
        <source>constraint</source>
        <translation>Nebenbedingung</translation>
    </message>
    <message>
        <source>cross entropy</source>
        <translation>Kreuzentropie</translation>
    </message>
    <message>
        <source>dense</source>
        <translation>dicht</translation>
    </message>
    <message>
        <source>divergence</source>
        <translation>Divergenz</translation>
    </message>
    <message>
        <source>down input</source>
        <translation>down-Eingang</translation>
    </message>
    <message>
        <source>down of experts</source>
        <translation>down der Experten</translation>
    </message>
    <message>
        <source>effective rank</source>
        <translation>effektiver Rang</translation>
    </message>
    <message>
        <source>eval</source>
        <translation>Auswertung</translation>
    </message>
    <message>
        <source>evaluations</source>
        <translation>Auswertungen</translation>
    </message>
    <message>
        <source>exact</source>
        <translation>exakt</translation>
    </message>
    <message>
        <source>exact, causal</source>
        <translation>exakt, kausal</translation>
    </message>
    <message>
        <source>exact, written out</source>
        <translation>exakt, ausgeschrieben</translation>
    </message>
    <message>
        <source>expert</source>
        <translation>Experte</translation>
    </message>
    <message>
        <source>experts</source>
        <translation>Experten</translation>
    </message>
    <message>
        <source>gate, up of experts</source>
        <translation>gate, up der Experten</translation>
    </message>
    <message>
        <source>heads</source>
        <translation>Köpfe</translation>
    </message>
    <message>
        <source>heavy tails</source>
        <translation>schwere Ränder</translation>
    </message>
    <message>
        <source>hidden</source>
        <translation>Hidden Size</translation>
    </message>
    <message>
        <source>higher</source>
        <translation>höher</translation>
    </message>
    <message>
        <source>influence</source>
        <translation>Einfluss</translation>
    </message>
    <message>
        <source>inner</source>
        <translation>Intermediate Size</translation>
    </message>
    <message>
        <source>int4 error</source>
        <translation>int4-Fehler</translation>
    </message>
    <message>
        <source>kv heads</source>
        <translation>KV-Köpfe</translation>
    </message>
    <message>
        <source>layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>layer {0}</source>
        <translation>Schicht {0}</translation>
    </message>
    <message>
        <source>layer {0}, rank {1}</source>
        <translation>Schicht {0}, Rang {1}</translation>
    </message>
    <message>
        <source>layers</source>
        <translation>Schichten</translation>
    </message>
    <message>
        <source>left collapsed</source>
        <translation>links kollabiert</translation>
    </message>
    <message>
        <source>llama.cpp, Ollama, LM Studio (GGUF)</source>
        <translation>llama.cpp, Ollama, LM Studio (GGUF)</translation>
    </message>
    <message>
        <source>loss</source>
        <translation>Loss</translation>
    </message>
    <message>
        <source>low</source>
        <translation>niedrig</translation>
    </message>
    <message>
        <source>lower</source>
        <translation>niedriger</translation>
    </message>
    <message>
        <source>lowest loss (nats)</source>
        <translation>niedrigster Loss (nats)</translation>
    </message>
    <message>
        <source>mean</source>
        <translation>Mittel</translation>
    </message>
    <message>
        <source>minutes</source>
        <translation>Minuten</translation>
    </message>
    <message>
        <source>more than {0} left</source>
        <translation>noch mehr als {0}</translation>
    </message>
    <message>
        <source>ms for one head</source>
        <translation>ms für einen Kopf</translation>
    </message>
    <message>
        <source>nats</source>
        <translation>nats</translation>
    </message>
    <message>
        <source>new weights</source>
        <translation>neue Gewichte</translation>
    </message>
    <message>
        <source>new weights {0}</source>
        <translation>neue Gewichte {0}</translation>
    </message>
    <message>
        <source>no</source>
        <translation>nein</translation>
    </message>
    <message>
        <source>not measured in both</source>
        <translation>nicht bei beiden gemessen</translation>
    </message>
    <message>
        <source>now</source>
        <translation>jetzt</translation>
    </message>
    <message>
        <source>number</source>
        <translation>Nummer</translation>
    </message>
    <message>
        <source>o input</source>
        <translation>o-Eingang</translation>
    </message>
    <message>
        <source>outliers</source>
        <translation>Ausreißer</translation>
    </message>
    <message>
        <source>place</source>
        <translation>Stelle</translation>
    </message>
    <message>
        <source>poor</source>
        <translation>schlecht</translation>
    </message>
    <message>
        <source>q, k, v input</source>
        <translation>q-, k-, v-Eingang</translation>
    </message>
    <message>
        <source>random mask</source>
        <translation>zufällige Maske</translation>
    </message>
    <message>
        <source>random mask {0}</source>
        <translation>zufällige Maske {0}</translation>
    </message>
    <message>
        <source>rank</source>
        <translation>Rang</translation>
    </message>
    <message>
        <source>relations</source>
        <translation>Relationen</translation>
    </message>
    <message>
        <source>rounds</source>
        <translation>Runden</translation>
    </message>
    <message>
        <source>same</source>
        <translation>gleich</translation>
    </message>
    <message>
        <source>samples</source>
        <translation>Beispiele</translation>
    </message>
    <message>
        <source>search {0}, dense</source>
        <translation>Suche {0}, dicht</translation>
    </message>
    <message>
        <source>search {0}, new weights {1}</source>
        <translation>Suche {0}, neue Gewichte {1}</translation>
    </message>
    <message>
        <source>search {0}, random mask {1}</source>
        <translation>Suche {0}, zufällige Maske {1}</translation>
    </message>
    <message>
        <source>search {0}, ticket {1}</source>
        <translation>Suche {0}, Ticket {1}</translation>
    </message>
    <message>
        <source>share of the energy</source>
        <translation>Anteil an der Energie</translation>
    </message>
    <message>
        <source>share of the largest</source>
        <translation>Anteil am größten</translation>
    </message>
    <message>
        <source>singular value</source>
        <translation>Singulärwert</translation>
    </message>
    <message>
        <source>slots</source>
        <translation>Slots</translation>
    </message>
    <message>
        <source>step</source>
        <translation>Schritt</translation>
    </message>
    <message>
        <source>step {0} of {1}</source>
        <translation>Schritt {0} von {1}</translation>
    </message>
    <message>
        <source>steps</source>
        <translation>Schritte</translation>
    </message>
    <message>
        <source>target</source>
        <translation>Ziel</translation>
    </message>
    <message>
        <source>ticket</source>
        <translation>Ticket</translation>
    </message>
    <message>
        <source>ticket {0}</source>
        <translation>Ticket {0}</translation>
    </message>
    <message>
        <source>tokens</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>tokens/s</source>
        <translation>Token/s</translation>
    </message>
    <message>
        <source>train</source>
        <translation>Training</translation>
    </message>
    <message>
        <source>uncertain</source>
        <translation>unsicher</translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>unbekannt</translation>
    </message>
    <message>
        <source>vLLM, transformers (compressed-tensors)</source>
        <translation>vLLM, transformers (compressed-tensors)</translation>
    </message>
    <message>
        <source>weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>weights of the pruned layers that remain (%)</source>
        <translation>verbliebene Gewichte der geprunten Schichten (%)</translation>
    </message>
    <message>
        <source>worse</source>
        <translation>schlechter</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>ja</translation>
    </message>
    <message>
        <source>{0} left</source>
        <translation>noch {0}</translation>
    </message>
    <message>
        <source>{0} slots</source>
        <translation>{0} Slots</translation>
    </message>
    <message>
        <source>{0} slots per {1} tokens</source>
        <translation>{0} Slots je {1} Token</translation>
    </message>
    <message>
        <source>α / r</source>
        <translation>α / r</translation>
    </message>
    <message>
        <source>2-bit integers by rounding to nearest, by LR-QAT, which learns scales and a low-rank term that merges into the integers, and by full quantization-aware training, which learns every weight.</source>
        <translation>2-Bit-Integer durch Round-to-Nearest, durch LR-QAT, das Skalen und einen Low-Rank-Term lernt, der in den Integern aufgeht, und durch volles Quantization-Aware Training, das jedes Gewicht lernt.</translation>
    </message>
    <message>
        <source>2-bit integers in groups of 32 and adapters that learn to make up for the rounding: kept beside the integers, or merged into the weights that these came from, whichever measures better.</source>
        <translation>2-Bit-Integer in 32er-Gruppen und Adapter, die das Runden auszugleichen lernen: neben den Integern behalten oder in deren ursprüngliche Gewichte eingerechnet, je nachdem, was besser misst.</translation>
    </message>
    <message>
        <source>3-bit integers by rounding to nearest and by AWQ, which scales up the weights that meet large activations and lets norms and neighboring layers take the scales back.</source>
        <translation>3-Bit-Integer durch Round-to-Nearest und durch AWQ, das Gewichte mit großen Aktivierungen hochskaliert und die Skalen von Normen und Nachbarschichten zurücknehmen lässt.</translation>
    </message>
    <message>
        <source>3-bit integers by rounding to nearest and by GPTQ, which calibrates on a text and lets later weights make up for the errors of earlier ones.</source>
        <translation>3-Bit-Integer durch Round-to-Nearest und durch GPTQ, das an einem Text kalibriert und spätere Gewichte die Fehler der früheren ausgleichen lässt.</translation>
    </message>
    <message>
        <source>3-bit integers rounded to nearest, then made better in the same format and bytes: codes by GPTQ, then scales and norms trained, or codes as well. On the sample the divergence from the original goes down by two thirds.</source>
        <translation>3-Bit-Integer, zum nächsten Wert gerundet, dann im selben Format und in denselben Bytes verbessert: Codes durch GPTQ, dann Skalen und Normen trainiert oder auch Codes. Beim Beispielmodell sinkt die Divergenz vom Original um zwei Drittel.</translation>
    </message>
    <message>
        <source>3-bit integers without data: rounded in whole ranges, in the range with the smallest error, and with zero points that half-quadratic quantization has optimized.</source>
        <translation>3-Bit-Integer ohne Daten: gerundet in vollen Bereichen, im Bereich mit dem kleinsten Fehler und mit Nullpunkten, die Half-Quadratic Quantization optimiert hat.</translation>
    </message>
    <message>
        <source>4-bit floats by blocks, as bitsandbytes stores them: needs no data, and transformers loads the export.</source>
        <translation>Blockweise 4-Bit-Floats, wie bitsandbytes sie speichert: braucht keine Daten, und transformers lädt den Export.</translation>
    </message>
    <message>
        <source>4-bit integers as AutoAWQ stores them (gemm), which many servers take, whatever method chose them.</source>
        <translation>4-Bit-Integer, wie AutoAWQ sie speichert (gemm); viele Server lesen sie, gleich welche Methode sie gewählt hat.</translation>
    </message>
    <message>
        <source>4-bit weights, activations and cache without a rotation, with random Hadamard rotations and with learned ones: perplexity and kurtosis side by side.</source>
        <translation>4-Bit-Gewichte, -Aktivierungen und -Cache ohne Rotation, mit zufälligen Hadamard-Rotationen und mit gelernten: Perplexität und Kurtosis nebeneinander.</translation>
    </message>
    <message>
        <source>8-bit weights and activations. First moves the outliers of activations into the weights; norms and neighboring layers absorb the inverse scales. Calibrated on a text.</source>
        <translation>8-Bit-Gewichte und -Aktivierungen: Ausreißer der Aktivierungen wandern zuerst in die Gewichte, soweit Normen und Nachbarschichten sie aufnehmen können; an einem Text kalibriert.</translation>
    </message>
    <message>
        <source>A 2-bit model gets its scales trained, and a student of half the layers all its weights, to find likely what the original finds likely.</source>
        <translation>Ein 2-Bit-Modell trainiert seine Skalen und ein Schüler mit halb so vielen Schichten alle Gewichte, um wahrscheinlich zu finden, was das Original wahrscheinlich findet.</translation>
    </message>
    <message>
        <source>A quarter of the layers is taken out; fine-tuning brings back what was lost. It draws from three domains, and gives those more samples whose loss is furthest above that of the original.</source>
        <translation>Ein Viertel der Schichten wird entfernt; Fine-Tuning holt das Verlorene zurück. Es schöpft aus drei Domänen und gibt denen mehr Beispiele, deren Loss am weitesten über dem des Originals liegt.</translation>
    </message>
    <message>
        <source>A small decoder is trained from scratch. Then four of five weights go, in three rounds or at once, and the others are rewound to their initial values and trained again, beside the same mask with new weights and a random mask.</source>
        <translation>Ein kleiner Decoder wird von Grund auf trainiert. Dann fallen vier von fünf Gewichten weg, in drei Runden oder auf einmal; die übrigen werden auf ihre Anfangswerte zurückgespult und neu trainiert, neben derselben Maske mit neuen Gewichten und einer zufälligen Maske.</translation>
    </message>
    <message>
        <source>A small decoder with the tokenizer of the sample is trained from random weights, with and without dropout. The weights of the start and of step 20 are kept beside the result, so that lottery tickets can rewind to them.</source>
        <translation>Ein kleiner Decoder mit dem Tokenizer des Beispiels wird aus zufälligen Gewichten trainiert, mit und ohne Dropout. Die Gewichte vom Anfang und von Schritt 20 bleiben neben dem Ergebnis, damit Lottery Tickets auf sie zurückspulen können.</translation>
    </message>
    <message>
        <source>A small mixture of experts is trained on the sample. A quarter of the experts of every layer go: those that add least (REAP), that are chosen least, or any; dropped, or merged into others. What REAP leaves is rounded to 4 bits.</source>
        <translation>Ein kleines Mixture-of-Experts-Modell wird am Beispiel trainiert. Ein Viertel der Experten jeder Schicht fällt weg: die mit dem kleinsten Beitrag (REAP), die am seltensten gewählten oder beliebige; weggelassen oder in andere eingerechnet. Was REAP übrig lässt, wird auf 4 Bit gerundet.</translation>
    </message>
    <message>
        <source>Learned masks find a smaller shape, the remaining model is distilled from the original, and rotations limit the loss of 4-bit weights, activations and cache.</source>
        <translation>Eine kleinere Form entsteht, indem gelernt wird, was wegfällt; das Original lehrt den Rest, und Rotationen machen 4-Bit-Gewichte, -Aktivierungen und -Cache erträglich.</translation>
    </message>
    <message>
        <source>A student of half the layers is trained so that its hidden states are like the original&apos;s, by what it predicts, and by both.</source>
        <translation>Ein Schüler mit halb so vielen Schichten wird trainiert: auf Hidden States wie die des Originals, auf dessen Vorhersagen und auf beides.</translation>
    </message>
    <message>
        <source>Completed segments of 64 tokens are attended through 16 slots, or through 4; projections alone are fitted, then the model recovers on what the original says. For decoders this is an extension of the paper.</source>
        <translation>Abgeschlossene Segmente von 64 Token werden über 16 oder über 4 Slots beachtet; erst werden nur die Projektionen angepasst, dann erholt sich das Modell an dem, was das Original sagt. Für Decoder ist das eine Erweiterung der Veröffentlichung.</translation>
    </message>
    <message>
        <source>Removes the heads, intermediate and hidden dimensions that are least important on a text, down to a target shape. No training; the result is a narrower stock model, which recovers with fine-tuning or distillation.</source>
        <translation>Entfernt Köpfe, innere und verborgene Werte, die auf einem Text am wenigsten beitragen, bis zu einer Zielform. Ohne Training; das Ergebnis ist ein gewöhnliches, schmaleres Modell, das durch Fine-Tuning oder Destillation heilt.</translation>
    </message>
    <message>
        <source>Each weight becomes a sign, each layer gets two value vectors, and the model is distilled from its original: about one bit per weight.</source>
        <translation>Jedes Gewicht wird ein Vorzeichen, jede Schicht behält zwei Vektoren, und das Modell lernt vom Original, damit auszukommen: etwa ein Bit je Gewicht.</translation>
    </message>
    <message>
        <source>Four bits by blocks of 64 weights, with the 16 values of NF4, of FP4, and of integers: how often each value is used, and what it costs.</source>
        <translation>Vier Bit in Blöcken von 64 Gewichten, mit den 16 Werten von NF4, von FP4 und von Integern: wie oft jeder Wert vorkommt und was es kostet.</translation>
    </message>
    <message>
        <source>Half of the weights go at once, chosen by magnitude, with their inputs (Wanda) or second order (SparseGPT), wherever they are or two of every four.</source>
        <translation>Die Hälfte der Gewichte fällt auf einmal weg, gewählt nach Betrag, mit ihren Eingängen (Wanda) oder in zweiter Ordnung (SparseGPT), beliebig verteilt oder zwei von je vier.</translation>
    </message>
    <message>
        <source>Half-quadratic quantization: integers whose zero points are optimized under a norm that is robust to outliers. Takes seconds and needs no data.</source>
        <translation>Half-Quadratic Quantization: Integer, deren Nullpunkte für eine Norm optimiert sind, die Ausreißer verzeiht. Dauert Sekunden und braucht keine Daten.</translation>
    </message>
    <message>
        <source>Integers as AutoGPTQ and gptqmodel store them, which many servers take: int2, int3, int4, int8.</source>
        <translation>Integer, wie AutoGPTQ und gptqmodel sie speichern; viele Server lesen sie: int2, int3, int4, int8.</translation>
    </message>
    <message>
        <source>Learns a low-rank update of each layer while the weights are frozen: fine-tuning, or recovery after any compression, with little memory. Pruned weights stay pruned, quantized weights stay quantized.</source>
        <translation>Lernt ein Low-Rank-Update jeder Schicht, während die Gewichte bleiben: Fine-Tuning oder Erholung nach jeder Kompression, mit wenig Speicher. Geprunte Gewichte bleiben gepruned, quantisierte quantisiert.</translation>
    </message>
    <message>
        <source>Learns masks over hidden dimensions, heads, intermediate dimensions and layers together with the weights until exactly the target shape remains, and removes the rest: a smaller model that any program loads.</source>
        <translation>Lernt Masken über verborgene Werte, Köpfe, innere Werte und Schichten zusammen mit den Gewichten, bis genau die Zielform bleibt, und schneidet den Rest heraus: ein kleineres Modell, das jedes Programm lädt.</translation>
    </message>
    <message>
        <source>Learns which layers, heads and values to cut until half of the parameters are left, then trains the small model on, with more samples of the domains that are furthest behind the original.</source>
        <translation>Lernt, welche Schichten, Köpfe und Werte wegfallen, bis die Hälfte der Parameter bleibt, und trainiert das kleine Modell weiter, mit mehr Beispielen aus den Domänen, die am weitesten hinter dem Original liegen.</translation>
    </message>
    <message>
        <source>The teacher generates texts and the student is trained on them. Works with any tokenizer, and with teachers whose weights are not available.</source>
        <translation>Lässt den Lehrer Texte schreiben und trainiert den Schüler damit; geht mit jedem Tokenizer und mit Lehrern, von denen nur die Antworten bekannt sind.</translation>
    </message>
    <message>
        <source>LoRA on frozen 4-bit weights (NF4 or FP4): fine-tunes models that would not fit otherwise, or lets a 4-bit model recover.</source>
        <translation>LoRA auf Gewichten, die in 4 Bit gehalten werden (NF4 oder FP4): Fine-Tuning von Modellen, die sonst nicht passen, oder Erholung eines 4-Bit-Modells.</translation>
    </message>
    <message>
        <source>Loads a model: the start of a pipeline.</source>
        <translation>Lädt ein Modell: der Anfang einer Pipeline.</translation>
    </message>
    <message>
        <source>Low-rank quantization-aware training: learns scales and a low-rank term inside the rounding, which then merges into plain integers.</source>
        <translation>Low-Rank Quantization-Aware Training: lernt Skalen und einen Low-Rank-Term innerhalb der Rundung, der dann in gewöhnlichen Integern aufgeht.</translation>
    </message>
    <message>
        <source>NF4 and FP4 that transformers loads directly, on GPUs and CPUs; what QLoRA trains on.</source>
        <translation>NF4 und FP4, die transformers direkt lädt, auf GPUs und CPUs; worauf QLoRA trainiert.</translation>
    </message>
    <message>
        <source>Number formats: rounds each weight to the nearest value of a shorter format, from 16 bits down to 1. Takes seconds and needs no data; with an importance matrix of a text it loses much less at 4 bits and below.</source>
        <translation>Zahlenformate: Jedes Gewicht wird der nächste Wert eines kürzeren Formats, von 16 Bit bis 1 Bit. Dauert Sekunden und braucht keine Daten; mit der Importance-Matrix eines Textes geht bei 4 Bit und weniger viel weniger verloren.</translation>
    </message>
    <message>
        <source>One file for llama.cpp and what is built on it. int4 and int8 in groups of 32 stay as they are.</source>
        <translation>Eine Datei für llama.cpp und alles, was darauf aufbaut. int4 und int8 in 32er-Gruppen bleiben unverändert.</translation>
    </message>
    <message>
        <source>Packed integers and floats that transformers and vLLM load directly: int4, int8, W8A8, float8, NVFP4, MXFP4.</source>
        <translation>Gepackte Integer und Floats, die transformers und vLLM direkt laden: int4, int8, W8A8, float8, NVFP4, MXFP4.</translation>
    </message>
    <message>
        <source>Plain safetensors that every program loads. Not smaller: compressed layers are written out in full.</source>
        <translation>Einfache safetensors, die jedes Programm lädt. Nicht kleiner: Komprimierte Schichten werden voll ausgeschrieben.</translation>
    </message>
    <message>
        <source>Projects keys and values along the sequence, so that the cost of attention grows with the length of the text, not with its square.</source>
        <translation>Projiziert Keys und Values entlang der Sequenz, sodass der Aufwand der Attention mit der Länge des Textes wächst, nicht mit deren Quadrat.</translation>
    </message>
    <message>
        <source>Learns rotations that remove outlier channels, merges them into the weights, and rounds weights, activations and the key/value cache to 4 bits.</source>
        <translation>Rotiert das Netz so, dass kein Kanal heraussticht, lernt wie, und rundet Gewichte, Aktivierungen und den Key/Value-Cache auf 4 Bit.</translation>
    </message>
    <message>
        <source>Rounds weights column by column; the remaining columns compensate for the error of each one. Layer by layer, calibrated on a text.</source>
        <translation>Rundet Spalte für Spalte und lässt die folgenden Spalten den Fehler ausgleichen, Schicht für Schicht, an einem Text kalibriert.</translation>
    </message>
    <message>
        <source>Compresses a model to a given size: measures how much each layer loses in each format, gives bytes to the layers that need them most, and checks on held-out text that the result beats a uniform model.</source>
        <translation>Nur die Größe angeben: misst, was das Format jeder Schicht kosten würde, gibt die Bytes dort aus, wo sie am meisten sparen, und prüft an zurückgehaltenem Text, dass das Ergebnis ein einheitliches Modell schlägt.</translation>
    </message>
    <message>
        <source>Before rounding, scales up the weights that are multiplied with large activations. Norms and neighboring layers absorb the inverse scales. Calibrated on a text.</source>
        <translation>Skaliert vor dem Runden die Gewichte hoch, die auf große Aktivierungen treffen, soweit Normen und Nachbarschichten die Skalen zurücknehmen können; an einem Text kalibriert.</translation>
    </message>
    <message>
        <source>Second-order pruning sets half of the weights to zero; LoRA recovers the loss while the zeros stay.</source>
        <translation>Pruning zweiter Ordnung setzt die Hälfte der Gewichte auf null; LoRA lernt das Verlorene, während die Nullen bleiben.</translation>
    </message>
    <message>
        <source>Sets the least important weights of every layer to zero at once, by SparseGPT, Wanda, RIA or magnitude; no training. They stay zero in all blocks after it.</source>
        <translation>Setzt die unwichtigsten Gewichte jeder Schicht auf einmal auf null, durch SparseGPT, Wanda, RIA oder nach Betrag; ohne Training. Sie bleiben in allen folgenden Blöcken null.</translation>
    </message>
    <message>
        <source>Signs and two vectors a layer, learned from the original (OneBit), with and without its LayerNorm, beside rounding to two bits. A short training: the longer, the closer to the original.</source>
        <translation>Vorzeichen und zwei Vektoren je Schicht, vom Original gelernt (OneBit), mit und ohne LayerNorm, neben dem Runden auf zwei Bit. Ein kurzes Training: je länger, desto näher am Original.</translation>
    </message>
    <message>
        <source>Six number formats side by side, from 8 bits down to 1: what each costs in perplexity and what it saves in bytes.</source>
        <translation>Sechs Zahlenformate nebeneinander, von 8 Bit bis 1 Bit: was jedes an Perplexität kostet und an Bytes spart.</translation>
    </message>
    <message>
        <source>Removes the least important experts of a mixture of experts, and their rows of the router. No training; the result is a stock model with fewer experts.</source>
        <translation>Entfernt aus einem Mixture-of-Experts-Modell die Experten, die am wenigsten fehlen, samt ihren Zeilen des Routers. Ohne Training; das Ergebnis ist ein gewöhnliches Modell mit weniger Experten.</translation>
    </message>
    <message>
        <source>Removes the least important layers. No training; the result is a stock model with fewer layers, which recovers with fine-tuning or distillation.</source>
        <translation>Entfernt die Schichten, die am wenigsten fehlen. Ohne Training; das Ergebnis ist ein gewöhnliches Modell mit weniger Schichten, das durch Fine-Tuning oder Destillation heilt.</translation>
    </message>
    <message>
        <source>The best GGUF file of 45 % of the 16-bit size: sensitivities say which layers get more bits, and the mix Q4_K_M stands beside it. Change the size and run again: the sensitivities are kept.</source>
        <translation>Die beste GGUF-Datei mit 45 % der 16-Bit-Größe: Sensitivitäten sagen, welche Schichten mehr Bits bekommen; die Mischung Q4_K_M steht daneben. Größe ändern und erneut ausführen: Die Sensitivitäten bleiben erhalten.</translation>
    </message>
    <message>
        <source>The bundled sample model, its weights rounded to 4-bit integers in groups of 64. Ready to run.</source>
        <translation>Das mitgelieferte Beispielmodell, seine Gewichte auf 4-Bit-Integer in 64er-Gruppen gerundet. Fertig zum Ausführen.</translation>
    </message>
    <message>
        <source>Removes the least important layer, then trains the rest with QLoRA on 4-bit weights.</source>
        <translation>Die Schicht, die am wenigsten fehlt, fällt weg, und QLoRA trainiert den Rest, während dessen Gewichte in 4 Bit gehalten werden.</translation>
    </message>
    <message>
        <source>Removes the least important heads and channels, distills the rest from the original, and rounds it to 4 bits with GPTQ.</source>
        <translation>Die unwichtigsten Köpfe und Kanäle fallen weg, das Original lehrt den Rest, und GPTQ rundet ihn auf 4 Bit.</translation>
    </message>
    <message>
        <source>The model writes texts of its own, and a student of half its layers is trained on them. The texts stay in the workspace as a data set.</source>
        <translation>Das Modell schreibt eigene Texte, und ein Schüler mit halb so vielen Schichten wird damit trainiert. Die Texte bleiben als Datensatz im Arbeitsbereich.</translation>
    </message>
    <message>
        <source>The same 8-bit weights with the inputs of the layers as they are, rounded to 8 bits and rounded to 4 bits per token: shows what rounding activations costs.</source>
        <translation>Dieselben 8-Bit-Gewichte mit unveränderten Eingängen der Schichten, auf 8 Bit gerundeten und je Token auf 4 Bit gerundeten: zeigt, was das Runden der Aktivierungen kostet.</translation>
    </message>
    <message>
        <source>The studio&apos;s own container: every kind of layer, bit for bit, with the history of its making.</source>
        <translation>Der eigene Container des Programms: jede Art von Schicht, Bit für Bit, mit der Geschichte ihrer Entstehung.</translation>
    </message>
    <message>
        <source>Three quarters of the parameters stay: heads, inner and hidden values that say most on a text; and what some training heals.</source>
        <translation>Drei Viertel der Parameter bleiben: Köpfe, innere und verborgene Werte, die auf einem Text am meisten beitragen; dazu, was etwas Training heilt.</translation>
    </message>
    <message>
        <source>Three ways to choose the range of 3-bit integers: the largest weight, a percentile, and a search for the smallest error. Below 4 bits this matters most.</source>
        <translation>Drei Wege, den Bereich von 3-Bit-Integern zu wählen: das größte Gewicht, ein Perzentil und die Suche nach dem kleinsten Fehler. Unter 4 Bit zählt das am meisten.</translation>
    </message>
    <message>
        <source>Three ways to write each weight as two skinny matrices with 40 % fewer numbers: by the weights alone, by what the layers give on a text, and layer by layer toward what the original gives; then the factors as 4-bit integers.</source>
        <translation>Drei Wege, jedes Gewicht als zwei schmale Matrizen mit 40 % weniger Zahlen zu schreiben: nach den Gewichten allein, nach den Ausgängen der Schichten auf einem Text und Schicht für Schicht auf die des Originals hin; dann die Faktoren als 4-Bit-Integer.</translation>
    </message>
    <message>
        <source>Trains the architecture of a model, or of any config, from random weights. Stores the initial weights, so that lottery tickets can rewind to them.</source>
        <translation>Trainiert die Architektur eines Modells oder einer beliebigen Konfiguration aus zufälligen Gewichten. Die Anfangsgewichte bleiben erhalten, damit Lottery Tickets auf sie zurückspulen können.</translation>
    </message>
    <message>
        <source>Continues training: recovery after pruning, or continued pre-training on one text or on domains with dynamic proportions. Pruned weights stay zero.</source>
        <translation>Trainiert das Modell weiter: Erholung nach dem Pruning, fortgesetztes Pre-Training auf einem Text oder auf Domänen in wechselnden Anteilen. Masken geprunter Schichten bleiben.</translation>
    </message>
    <message>
        <source>Improves a quantized model in its own format, at the same size: GPTQ solves its codes, then scales and norms, or codes, are trained on the KL divergence from the original.</source>
        <translation>Verbessert ein bereits quantisiertes Modell bei gleichem Format und gleichen Bytes: GPTQ löst seine Codes, dann werden Skalen und Normen, oder Codes, anhand der KL-Divergenz vom Original trainiert.</translation>
    </message>
    <message>
        <source>Trains the student to match its teacher&apos;s hidden states, attention maps or relations between tokens.</source>
        <translation>Trainiert den Schüler so, dass seine Hidden States, Attention-Maps oder die Relationen seiner Token denen des Lehrers gleichen.</translation>
    </message>
    <message>
        <source>Trains the student on its teacher&apos;s output distribution, with one of seven divergences.</source>
        <translation>Trainiert den Schüler, wahrscheinlich zu finden, was sein Lehrer wahrscheinlich findet, mit einer von sieben Divergenzen.</translation>
    </message>
    <message>
        <source>Trains, prunes the smallest weights and rewinds the others, round after round. The remaining sparse network, the winning ticket, learns as well as the dense one.</source>
        <translation>Trainiert, entfernt die kleinsten Gewichte und spult die anderen zurück, Runde für Runde; das dünn besetzte Netz, das bleibt, lernt so gut wie das dichte.</translation>
    </message>
    <message>
        <source>Two layers go: those that turn the hidden states least, two neighbors, or those that the loss misses least; and what some training heals.</source>
        <translation>Zwei Schichten fallen weg: die, die Hidden States am wenigsten drehen, zwei benachbarte oder die, die dem Loss am wenigsten fehlen; dazu, was etwas Training heilt.</translation>
    </message>
    <message>
        <source>Weights and activations in 8-bit integers, by rounding alone and with the outliers of activations moved into the weights first.</source>
        <translation>Gewichte und Aktivierungen in 8-Bit-Integern, durch Runden allein und nachdem die Ausreißer der Aktivierungen in die Gewichte gewandert sind.</translation>
    </message>
    <message>
        <source>Weights in 4 bits (NF4, scales quantized too) with adapters that are trained beside them, against the same 4 bits alone.</source>
        <translation>Gewichte in 4 Bit (NF4, auch die Skalen quantisiert) mit daneben trainierten Adaptern, gegen dieselben 4 Bit allein.</translation>
    </message>
    <message>
        <source>What was learned (LoRA, QLoRA), or factorized (SVD), as peft loads it, with the model it belongs to.</source>
        <translation>Das Gelernte (LoRA, QLoRA) oder Faktorisierte (SVD), wie peft es lädt, mit dem zugehörigen Modell.</translation>
    </message>
    <message>
        <source>Whitened SVD takes a quarter of the weights away, distillation from the original recovers what it can, and the factors are rounded to 4 bits.</source>
        <translation>Geweißte SVD nimmt ein Viertel der Gewichte weg, Destillation vom Original holt zurück, was geht, und die Faktoren werden auf 4 Bit gerundet.</translation>
    </message>
    <message>
        <source>Replaces each weight matrix by the product of two low-rank factors, chosen to change the layer&apos;s output on a text as little as possible.</source>
        <translation>Schreibt jedes Gewicht als Produkt zweier schmaler Matrizen, so gewählt, dass sich der Ausgang der Schicht auf einem Text am wenigsten ändert.</translation>
    </message>
    <message>
        <source>llama.cpp&apos;s mix Q4_K_M with an importance matrix, by rounding to nearest and by GPTQ: export the better one as GGUF.</source>
        <translation>Die Mischung Q4_K_M von llama.cpp mit Importance-Matrix, durch Round-to-Nearest und durch GPTQ: das bessere Ergebnis als GGUF exportieren.</translation>
    </message>
    <message>
        <source>llama.cpp&apos;s own formats, Q2_K to Q8_0 and IQ2 to IQ4, in its own mixes, with an importance matrix or GPTQ. The measured weights are bit-identical to those in the GGUF file.</source>
        <translation>Die eigenen Formate von llama.cpp, Q2_K bis Q8_0 und IQ2 bis IQ4, in dessen Mischungen, mit Importance-Matrix oder GPTQ: Was hier gemessen wird, steht Bit für Bit in der GGUF-Datei.</translation>
    </message>
    <message>
        <source>&apos;pipeline&apos; for the held-out part of the pipeline&apos;s texts, a text file or folder of them, a data set on the hub (hub:name or hub:name/config/split), or bundled texts: &apos;mixed&apos; or &apos;sample&apos;.</source>
        <translation>&apos;pipeline&apos; für den zurückgehaltenen Teil der Texte der Pipeline, eine Textdatei oder ein Ordner davon, ein Datensatz auf dem Hub (hub:name oder hub:name/config/split) oder mitgelieferte Texte: &apos;mixed&apos; oder &apos;sample&apos;.</translation>
    </message>
    <message>
        <source>&apos;pipeline&apos; for the text of the pipeline, a text file or folder of them, a JSON lines file with prompts and answers or chats, a data set on the hub (hub:name or hub:name/config/split), bundled texts (&apos;mixed&apos; or &apos;sample&apos;), or &apos;model&apos; for a text that the model (or its teacher) writes itself: for learning from a teacher without data.</source>
        <translation>&apos;pipeline&apos; für den Text der Pipeline, eine Textdatei oder ein Ordner davon, eine JSON-Lines-Datei mit Prompts und Antworten oder Chats, ein Datensatz auf dem Hub (hub:name oder hub:name/config/split), mitgelieferte Texte (&apos;mixed&apos; oder &apos;sample&apos;) oder &apos;model&apos; für einen Text, den das Modell (oder sein Lehrer) selbst schreibt: um ohne Daten von einem Lehrer zu lernen.</translation>
    </message>
    <message>
        <source>&apos;pipeline&apos; for the text of the pipeline, a text file or folder of them, a JSON lines file with prompts and answers or chats, a data set on the hub (hub:name or hub:name/config/split), bundled texts (&apos;mixed&apos; or &apos;sample&apos;), or &apos;model&apos; for a text that the model writes itself. Texts like those that the model will meet are best.</source>
        <translation>&apos;pipeline&apos; für den Text der Pipeline, eine Textdatei oder ein Ordner davon, eine JSON-Lines-Datei mit Prompts und Antworten oder Chats, ein Datensatz auf dem Hub (hub:name oder hub:name/config/split), mitgelieferte Texte (&apos;mixed&apos; oder &apos;sample&apos;) oder &apos;model&apos; für einen Text, den das Modell selbst schreibt. Am besten sind Texte wie die, denen das Modell begegnen wird.</translation>
    </message>
    <message>
        <source>0: all stay.</source>
        <translation>0: Alle bleiben.</translation>
    </message>
    <message>
        <source>0: all stays.</source>
        <translation>0: Alles bleibt.</translation>
    </message>
    <message>
        <source>0: as the config says.</source>
        <translation>0: wie in der Konfiguration.</translation>
    </message>
    <message>
        <source>2e-3 for logarithms in short runs; the authors take 1e-5 for plain scales and 10 000 steps.</source>
        <translation>2e-3 für Logarithmen in kurzen Läufen; die Autoren nehmen 1e-5 für einfache Skalen und 10 000 Schritte.</translation>
    </message>
    <message>
        <source>4-bit weights with adapters beside them, or 16-bit weights with the adapters merged: into the weights that the training saw and into the original ones. Both are measured, the better is kept.</source>
        <translation>4-Bit-Gewichte mit Adaptern daneben oder 16-Bit-Gewichte mit eingerechneten Adaptern: in die Gewichte, die das Training sah, und in die ursprünglichen. Beides wird gemessen, das Bessere behalten.</translation>
    </message>
    <message>
        <source>8-bit and paged AdamW need a CUDA device; elsewhere AdamW takes their place, and the log says so.</source>
        <translation>8-Bit- und ausgelagertes AdamW brauchen ein CUDA-Gerät; anderswo tritt AdamW an ihre Stelle, und das Protokoll sagt es.</translation>
    </message>
    <message>
        <source>A Hadamard transform behind the position embeddings, for the cache of keys.</source>
        <translation>Eine Hadamard-Transformation hinter den Positions-Embeddings, für den Cache der Keys.</translation>
    </message>
    <message>
        <source>A Hadamard transform of what the last layer of every MLP reads.</source>
        <translation>Eine Hadamard-Transformation dessen, was die letzte Schicht jedes MLP liest.</translation>
    </message>
    <message>
        <source>A LayerNorm without weights after every product, as in the paper. The model then learns the size of its outputs anew, which takes far more than some hundred steps, and its layers have no dense equal. Without it training starts at the best fit with one bit, and every program can load the result as dense layers.</source>
        <translation>Ein LayerNorm ohne Gewichte nach jedem Produkt, wie in der Veröffentlichung. Das Modell lernt dann die Größe seiner Ausgänge neu, was weit mehr als einige hundert Schritte braucht, und seine Schichten haben kein dichtes Gegenstück. Ohne beginnt das Training bei der besten Anpassung mit einem Bit, und jedes Programm kann das Ergebnis als dichte Schichten laden.</translation>
    </message>
    <message>
        <source>A config.json, or a model or hub id whose config is taken; &apos;sample:experts&apos; is a small mixture of experts. Empty: that of the incoming model. Its weights are not used; tokenizer and vocabulary are always those of the incoming model.</source>
        <translation>Eine config.json oder ein Modell oder eine Hub-ID, deren Konfiguration genommen wird; &apos;sample:experts&apos; ist ein kleines Mixture-of-Experts-Modell. Leer: die des eingehenden Modells. Dessen Gewichte werden nicht verwendet; Tokenizer und Vokabular sind immer die des eingehenden Modells.</translation>
    </message>
    <message>
        <source>A config.json, or a model or hub id with the target shape.</source>
        <translation>Eine config.json oder ein Modell oder eine Hub-ID mit der gewünschten Form.</translation>
    </message>
    <message>
        <source>A config.json, or a model whose shape the student gets. It keeps the tokenizer of the incoming model.</source>
        <translation>Eine config.json oder ein Modell, dessen Form der Schüler bekommt. Er behält den Tokenizer des eingehenden Modells.</translation>
    </message>
    <message>
        <source>A folder in Hugging Face form, a GGUF file, a hub id such as HuggingFaceTB/SmolLM2-135M, or &apos;sample&apos;.</source>
        <translation>Ein Ordner in Hugging-Face-Form, eine GGUF-Datei, eine Hub-ID wie HuggingFaceTB/SmolLM2-135M oder &apos;sample&apos;.</translation>
    </message>
    <message>
        <source>Allows storing a layer as the product of two low-rank factors, in integers of at least 4 bits, where that loses less than a format of the same size. The plan without factors is built too, and the one that is better on held-out text is returned. Only this program&apos;s container can store factors.</source>
        <translation>Eine Schicht darf als Produkt zweier schmaler Matrizen von kleinerem Rang gespeichert werden, in Ganzzahlen von mindestens 4 Bit, wo das weniger verliert als ein Format mit ebenso vielen Bytes. Der Plan mit ganzen Schichten wird auch gebaut; das Ergebnis ist der, der auf zurückgehaltenem Text besser ist. Nur der Container dieses Programms kann Faktoren speichern.</translation>
    </message>
    <message>
        <source>A low-rank term inside the rounding and the scales (LR-QAT); the scales only, which already brings much of the gain; or every weight (full quantization-aware training), which needs several times the memory.</source>
        <translation>Ein Low-Rank-Term innerhalb der Rundung und die Skalen (LR-QAT); nur die Skalen, was viel des Gewinns sofort bringt; oder jedes Gewicht (volles Quantization-Aware Training), was ein Mehrfaches des Speichers braucht.</translation>
    </message>
    <message>
        <source>A path that ends with .gguf, for llama-quantize and other programs. Only an earlier importance matrix of the same model and text is replaced there, no other file.</source>
        <translation>Ein Pfad, der auf .gguf endet, für llama-quantize und andere Programme. Ersetzt wird dort nur eine frühere Importance-Matrix desselben Modells und Textes, keine andere Datei.</translation>
    </message>
    <message>
        <source>A plan that an earlier fit wrote (fit.json), possibly edited. It is built without changes.</source>
        <translation>Ein Plan, den ein früherer Fit geschrieben hat (fit.json), vielleicht bearbeitet: Er wird unverändert gebaut.</translation>
    </message>
    <message>
        <source>A rotation of every head&apos;s values.</source>
        <translation>Eine Rotation der Values jedes Kopfes.</translation>
    </message>
    <message>
        <source>Learns a scale for every channel behind the norms and of the MLP&apos;s up-projection. The scales are merged into the weights and cost nothing.</source>
        <translation>Eine Skala für jeden Kanal hinter den Normen und der Up-Projektion des MLP; sie werden eingerechnet und kosten nichts.</translation>
    </message>
    <message>
        <source>A weight of rank r is determined by r of its rows and the coefficients that combine them into the others: r² numbers fewer than two plain factors, so the same size holds a much larger rank. Exact (pivoting factorization, arXiv 2501.19090). Plain factors lose less where they are rounded to 4 bits later.</source>
        <translation>Ein Gewicht vom Rang r ist durch r seiner Zeilen und die Art, wie die anderen daraus entstehen, bestimmt: r² Zahlen weniger als zwei einfache Faktoren, sodass dieselbe Größe einen viel höheren Rang fasst. Exakt (Pivot-Faktorisierung, arXiv 2501.19090). Einfache Faktoren verlieren weniger, wenn sie später auf 4 Bit gerundet werden.</translation>
    </message>
    <message>
        <source>Above 1, unlikely tokens count for more. The loss is scaled so that its gradient keeps its size.</source>
        <translation>Über 1 zählen unwahrscheinliche Token mehr. Der Loss wird so skaliert, dass sein Gradient seine Größe behält.</translation>
    </message>
    <message>
        <source>Added to the Gram matrix&apos;s diagonal, as a multiple of its mean, when a weight is fitted to the outputs of the original.</source>
        <translation>Wird als Vielfaches ihres Mittelwerts zur Diagonale der Gram-Matrix addiert, wenn ein Gewicht an die Ausgänge des Originals angepasst wird.</translation>
    </message>
    <message>
        <source>Added to the Hessian&apos;s diagonal, as a multiple of its mean. It is raised automatically where the Hessian can&apos;t be factorized.</source>
        <translation>Wird als Vielfaches ihres Mittelwerts zur Diagonale der Hessematrix addiert. Wird automatisch erhöht, wo sich die Hessematrix nicht faktorisieren lässt.</translation>
    </message>
    <message>
        <source>Added to the Hessian&apos;s diagonal, as a multiple of its mean. More damping relies less on correlations that only the calibration text may have. It is raised automatically where the Hessian can&apos;t be factorized.</source>
        <translation>Wird als Vielfaches ihres Mittelwerts zur Diagonale der Hessematrix addiert. Mehr Dämpfung verlässt sich weniger auf Korrelationen, die vielleicht nur der Kalibrierungstext hat. Wird automatisch erhöht, wo sich die Hessematrix nicht faktorisieren lässt.</translation>
    </message>
    <message>
        <source>Added to the Hessian&apos;s diagonal, as a multiple of its mean. More relies less on the calibration text.</source>
        <translation>Wird als Vielfaches ihres Mittelwerts zur Diagonale der Hessematrix addiert. Mehr verlässt sich weniger auf den Kalibrierungstext.</translation>
    </message>
    <message>
        <source>After every block, only at the ends of the pipeline, or not at all. Size is always measured.</source>
        <translation>Nach jedem Block, nur an den Enden der Pipeline oder gar nicht. Die Größe wird immer gemessen.</translation>
    </message>
    <message>
        <source>All start open. By importance: the more the loss depends on a part, the later its mask closes, unless learning changes that; short runs need it. Alike: as published.</source>
        <translation>Alle offen. Nach Wichtigkeit: Je mehr der Loss von einem Teil abhängt, desto später schließt er, wenn das Lernen nichts anderes sagt; kurze Läufe brauchen das. Gleichmäßig ist wie veröffentlicht.</translation>
    </message>
    <message>
        <source>All random numbers of a run come from it: the same seed gives the same result.</source>
        <translation>Alle Zufallszahlen eines Laufs stammen daraus: Derselbe Seed ergibt dasselbe Ergebnis.</translation>
    </message>
    <message>
        <source>All stored bits, scales included, per parameter.</source>
        <translation>Alle gespeicherten Bits, einschließlich Skalen, je Parameter.</translation>
    </message>
    <message>
        <source>A different seed gives different random rotations.</source>
        <translation>Eine andere Zahl ergibt andere zufällige Rotationen.</translation>
    </message>
    <message>
        <source>A different seed generates different texts.</source>
        <translation>Eine andere Zahl, andere Texte.</translation>
    </message>
    <message>
        <source>As published; otherwise each value head has its own, which costs nothing.</source>
        <translation>Wie veröffentlicht; sonst hat jeder Kopf der Values seine eigene, was nichts kostet.</translation>
    </message>
    <message>
        <source>At least this share of the correlations between output gradients is ignored. Where parts of the calibration text disagree about them, as on a short text, more is ignored, layer by layer. At 100 % the objective is that of the layer&apos;s output.</source>
        <translation>Mindestens so viel der Korrelationen zwischen den Gradienten der Ausgänge wird weggelassen. Wo Teile des Kalibrierungstexts darüber uneins sind, wie bei kurzen Texten, wird Schicht für Schicht mehr weggelassen. 100 % ist die Zielfunktion des Schichtausgangs.</translation>
    </message>
    <message>
        <source>Sampling temperature of the student&apos;s generated texts.</source>
        <translation>Bei der der Schüler schreibt.</translation>
    </message>
    <message>
        <source>Before training, GPTQ solves the codes again with the existing scales, in layers whose codes are the nearest to the original weights. The new codes are used only if they lower the divergence on the held-out samples.</source>
        <translation>Vor dem Training wählt GPTQ die Codes neu, auf den Skalen, wie sie sind, in Schichten, deren Codes die nächsten an den Gewichten des Originals sind. Bleibt nur, wenn die Divergenz auf den zurückgehaltenen Beispielen dadurch sinkt.</translation>
    </message>
    <message>
        <source>Below 1, more likely words; 0 always takes the most likely one, which tends to repeat itself.</source>
        <translation>Unter 1 wahrscheinlichere Wörter; 0 nimmt immer das wahrscheinlichste, was sich leicht wiederholt.</translation>
    </message>
    <message>
        <source>Bits of keys and values, with a scale for every token of every head. 16: not rounded.</source>
        <translation>Bits von Keys und Values, mit einer Skala für jedes Token jedes Kopfes. 16: nicht gerundet.</translation>
    </message>
    <message>
        <source>Bits of keys and values, with a scale for every token of every head; trained with, and after. Only this program runs such a model. 16: not rounded.</source>
        <translation>Bits von Keys und Values, mit einer Skala für jedes Token jedes Kopfes; damit trainiert, und danach so benutzt. Nur dieses Programm führt ein solches Modell aus. 16: nicht gerundet.</translation>
    </message>
    <message>
        <source>Bits of the inputs of linear layers, with a scale for every token (dynamic). 16: not rounded.</source>
        <translation>Bits der Eingänge linearer Schichten, mit einer Skala für jedes Token (dynamisch). 16: nicht gerundet.</translation>
    </message>
    <message>
        <source>Block influence measures how much a layer rotates its input; the layers with the least influence are removed. A run of neighbors: the one whose input and output directions differ least. By loss: each layer is removed on trial, and the one that raises the loss least is removed; better, and much slower.</source>
        <translation>Block Influence sagt, wie weit eine Schicht dreht, was in sie eintritt; die am wenigsten drehen, fallen weg. Benachbarte Schichten: die, zwischen deren Enden sich die Richtung am wenigsten ändert. Nach Loss wird eine Schicht nach der anderen zur Probe herausgenommen, und die am wenigsten fehlt, fällt weg: besser und viel langsamer.</translation>
    </message>
    <message>
        <source>Branch, tag or commit on the hub.</source>
        <translation>Branch, Tag oder Commit auf dem Hub.</translation>
    </message>
    <message>
        <source>Also builds the best uniform model of at most this size, measures both on held-out text, and returns the better one.</source>
        <translation>Auch das beste einheitliche Modell mit höchstens so vielen Bytes bauen, beide an zurückgehaltenem Text messen und das bessere geben.</translation>
    </message>
    <message>
        <source>Bytes of all tensor files as they lie on disk.</source>
        <translation>Bytes aller Tensordateien, wie sie auf dem Datenträger liegen.</translation>
    </message>
    <message>
        <source>Bytes that the exported file may take: 60MB, 1.5GB, or a share such as 40%, of the bytes of all of the model&apos;s parameters in 16 bits, a tied head counted once.</source>
        <translation>Bytes, die die exportierte Datei haben darf: 60MB, 1.5GB oder ein Anteil wie 40% der Bytes aller Parameter des Modells in 16 Bit, ein geteilter Head einmal gezählt.</translation>
    </message>
    <message>
        <source>Chooses the range of each group that changes the layer&apos;s output least; for queries and keys, which are multiplied with each other, and for GGUF blocks, by the energy of the inputs alone.</source>
        <translation>Den Bereich jeder Gruppe wählen, der den Ausgang der Schicht am wenigsten ändert; bei Queries und Keys, die miteinander multipliziert werden, und bei GGUF-Blöcken allein nach der Energie der Eingänge.</translation>
    </message>
    <message>
        <source>Chooses the scales together with the ranges, by the output of the whole decoder layer. Otherwise each linear layer is judged alone, with full ranges. Takes two to three times as long.</source>
        <translation>Skalen zusammen mit den Bereichen wählen, nach dem Ausgang der ganzen Decoder-Schicht. Sonst wird jede lineare Schicht für sich beurteilt, mit vollen Bereichen. Dauert zwei- bis dreimal so lange.</translation>
    </message>
    <message>
        <source>Decay of AdamW&apos;s second moment.</source>
        <translation>Abklingrate des zweiten Moments von AdamW.</translation>
    </message>
    <message>
        <source>Decoders only, where the projection of a whole text would mix the future into the past: tokens are attended exactly within their segment, completed segments through their slots. An extension of the paper.</source>
        <translation>Nur für Decoder, bei denen die Projektion eines ganzen Textes die Zukunft in die Vergangenheit mischen würde: Token werden innerhalb ihres Segments exakt beachtet, abgeschlossene Segmente über ihre Slots. Eine Erweiterung der Veröffentlichung.</translation>
    </message>
    <message>
        <source>Decoders only: what the keys and values of a completed segment are projected to.</source>
        <translation>Nur für Decoder: worauf Keys und Values eines abgeschlossenen Segments projiziert werden.</translation>
    </message>
    <message>
        <source>Decoupled, as in AdamW.</source>
        <translation>Entkoppelt, wie in AdamW.</translation>
    </message>
    <message>
        <source>Decoupled, as in AdamW. 0.01 in the paper.</source>
        <translation>Entkoppelt, wie in AdamW. 0.01 in der Veröffentlichung.</translation>
    </message>
    <message>
        <source>Divergence from the original, in nats a token, if both predicted after this layer: where it begins to differ.</source>
        <translation>Divergenz vom Original, in Nats je Token, wenn beide nach dieser Schicht vorhersagen würden: wo es abzuweichen beginnt.</translation>
    </message>
    <message>
        <source>Also divides the scales by the magnitude of the weights, as AutoAWQ does; the paper uses the magnitude of the inputs alone.</source>
        <translation>Die Skalen auch durch den Betrag der Gewichte teilen, wie AutoAWQ es tut; die Veröffentlichung nimmt nur den Betrag der Eingänge.</translation>
    </message>
    <message>
        <source>Divides by the square root of the rank, so that high ranks learn as fast as low ones.</source>
        <translation>Teilt durch die Wurzel des Rangs, sodass hohe Ränge so schnell lernen wie niedrige.</translation>
    </message>
    <message>
        <source>Dropped: the router chooses among the others. Merged: each is averaged into the one that stays whose outputs are most like its own, weighted by the tokens that reached each.</source>
        <translation>Weglassen: Der Router wählt unter den anderen. Einrechnen: Jeder wird in den bleibenden Experten gemittelt, dessen Ausgänge seinen am ähnlichsten sind, gewichtet nach den Token, die jeden erreichten.</translation>
    </message>
    <message>
        <source>Each slot the mean of neighboring tokens; or of segments that are shorter where the model&apos;s attention tells tokens apart (by the singular vectors of the average attention, encoders only), which is much closer to the original; or random numbers.</source>
        <translation>Jeder Slot das Mittel benachbarter Token; oder von Segmenten, die kürzer sind, wo die Attention des Modells Token unterscheidet (nach den Singulärvektoren der gemittelten Attention, nur Encoder), was dem Original viel näher ist; oder Zufallszahlen.</translation>
    </message>
    <message>
        <source>Edit distance of greedy answers from the original&apos;s, in tokens, by the length of the longer.</source>
        <translation>Editierdistanz der Greedy-Antworten zu denen des Originals, in Token, durch die Länge der längeren.</translation>
    </message>
    <message>
        <source>Exceptions from the allocation, as PATTERN=RANK: layers by role or by name with * and ?, such as down=64 or layers.0.*=128. The first pattern that matches a layer applies. A budget is spread over the others alone.</source>
        <translation>Ausnahmen von der Verteilung, als MUSTER=RANG: Schichten nach Rolle oder nach Name mit * und ?, etwa down=64 oder layers.0.*=128. Es zählt das erste Muster, das eine Schicht meint. Ein Budget wird nur über die anderen verteilt.</translation>
    </message>
    <message>
        <source>Exceptions from the format, as PATTERN=FORMAT: layers by role or by name with * and ?, such as down=int8 or layers.0.*=nvfp4. The first pattern that matches a layer applies. The block&apos;s other settings apply to these layers too, where their formats have them.</source>
        <translation>Ausnahmen vom Format, als MUSTER=FORMAT: Schichten nach Rolle oder nach Name mit * und ?, etwa down=int8 oder layers.0.*=nvfp4. Es zählt das erste Muster, das eine Schicht meint; was der Block sonst sagt, gilt auch für sie, soweit ihr Format es hat.</translation>
    </message>
    <message>
        <source>Exceptions from the mix, as PATTERN=TYPE: a regular expression that is searched in a tensor&apos;s name in the GGUF file, such as ffn_down=Q6_K or blk\.[0-3]\.=Q8_0. The first that is found counts.</source>
        <translation>Ausnahmen von der Mischung, als MUSTER=TYP: ein regulärer Ausdruck, der im Namen eines Tensors der GGUF-Datei gesucht wird, etwa ffn_down=Q6_K oder blk\.[0-3]\.=Q8_0. Es zählt der erste, der gefunden wird.</translation>
    </message>
    <message>
        <source>Exceptions from the sparsity, as PATTERN=SHARE: layers by role or by name with * and ?, such as down=0.3 or layers.0.*=20%. The first pattern that matches a layer applies. 0 leaves all weights.</source>
        <translation>Ausnahmen von der Sparsity, als MUSTER=ANTEIL: Schichten nach Rolle oder nach Name mit * und ?, etwa down=0.3 oder layers.0.*=20%. Es zählt das erste Muster, das eine Schicht meint; 0 lässt ihre Gewichte stehen.</translation>
    </message>
    <message>
        <source>Allows removing experts of a mixture of experts: the least important by REAP, equally many in each layer, as long as their bytes are predicted to help more elsewhere. The plan with all experts is built too, and the one that is better on held-out text is returned. Has no effect on a model without experts.</source>
        <translation>Experten eines Mixture-of-Experts-Modells dürfen wegfallen: die nach REAP am wenigsten wert sind, in jeder Schicht gleich viele, solange ihre Bytes anderswo voraussichtlich mehr wert sind. Der Plan mit allen Experten wird auch gebaut und der bessere auf zurückgehaltenem Text gegeben. Für ein Modell ohne Experten ändert sich nichts.</translation>
    </message>
    <message>
        <source>Exponent of the mean magnitude of each input.</source>
        <translation>Exponent des mittleren Betrags jedes Eingangs.</translation>
    </message>
    <message>
        <source>Exponents between 0, no scales, and 1, scales as large as the inputs. Time grows with it.</source>
        <translation>Exponenten zwischen 0, keine Skalen, und 1, Skalen so groß wie die Eingänge. Die Zeit wächst mit ihrer Zahl.</translation>
    </message>
    <message>
        <source>Factor of beta after each step.</source>
        <translation>Faktor von Beta nach jedem Schritt.</translation>
    </message>
    <message>
        <source>Factor of the low-rank term, in steps of the integers. 1 moves weights within tens of steps; the authors train 10 000 steps with 1 / rank.</source>
        <translation>Faktor des Low-Rank-Terms, in Schritten der Integer. 1 bewegt Gewichte innerhalb einiger zehn Schritte; die Autoren trainieren 10 000 Schritte mit 1 / Rang.</translation>
    </message>
    <message>
        <source>Fewer of them: whole groups of heads are removed. As many as before: each group loses equally many heads. 0: fewer if that keeps the groups whole, otherwise all.</source>
        <translation>Weniger davon: Ganze Gruppen von Köpfen fallen weg. So viele wie zuvor: Jede Gruppe verliert gleich viele Köpfe. 0: weniger, wenn die Gruppen so ganz bleiben, sonst bleiben alle.</translation>
    </message>
    <message>
        <source>Final learning rate, as a share of the highest.</source>
        <translation>Lernrate am Ende, als Anteil der höchsten.</translation>
    </message>
    <message>
        <source>Formats that the plan chooses from, by name with * and ?, such as Q*_K, Q8_0 or int4; none given: all that the program reads. Without the IQ formats measuring is faster, and so are results on a CPU; they lose least in the fewest bytes.</source>
        <translation>Formate, aus denen der Plan wählt, nach Namen mit * und ?, etwa Q*_K, Q8_0 oder int4; ohne Angabe alle, die das Programm liest. Ohne die IQ-Formate geht das Messen schneller, und Ergebnisse laufen auf einer CPU schneller; sie verlieren am wenigsten, wo die Bytes am knappsten sind.</translation>
    </message>
    <message>
        <source>Forward KL covers everything that the teacher finds likely, and suits a student close to it. Reverse KL concentrates on the most likely tokens, and needs a student that is already good. Skewed divergences are more stable for small students.</source>
        <translation>Vorwärts-KL deckt alles ab, was der Lehrer wahrscheinlich findet, und passt zu einem Schüler, der ihm nahe ist; Rückwärts-KL nimmt das Wahrscheinlichste und braucht einen Schüler, der schon gut ist. Schiefe sind für kleine Schüler stabiler.</translation>
    </message>
    <message>
        <source>Frobenius norm of the difference, relative to that of the original.</source>
        <translation>Frobenius-Norm der Differenz, relativ zu der des Originals.</translation>
    </message>
    <message>
        <source>GPTQ lets later columns compensate for the errors of earlier ones and is much better at 4 bits; rounding to nearest takes seconds; or leave the weights in 16 bits.</source>
        <translation>GPTQ lässt spätere Spalten die Fehler der früheren ausgleichen und ist bei 4 Bit viel besser; Round-to-Nearest dauert Sekunden; oder die Gewichte bleiben in 16 Bit.</translation>
    </message>
    <message>
        <source>GPTQ rounds high-energy inputs first, while many others can still compensate for their error.</source>
        <translation>GPTQ rundet Eingänge mit viel Energie zuerst, solange viele andere übrig sind, die ihren Fehler ausgleichen.</translation>
    </message>
    <message>
        <source>Hadamard transforms mix only channels that share a scale. In groups as small as those of NVFP4 and MXFP4, a transform of whole rows would spread outliers to all of them.</source>
        <translation>Hadamard-Transformationen mischen nur Kanäle, die sich eine Skala teilen: Bei so kleinen Gruppen wie denen von NVFP4 und MXFP4 trüge eine Transformation ganzer Zeilen Ausreißer in alle.</translation>
    </message>
    <message>
        <source>Half the share that other layers lose in a round, as published; or the same. With a tied embedding, half the rate leaves far more of all weights than &apos;Remaining weights&apos; says.</source>
        <translation>Die Hälfte des Anteils, den andere Schichten je Runde verlieren, wie veröffentlicht; oder derselbe. Bei einem Embedding, das seine Tabelle teilt, lässt die halbe Rate weit mehr aller Gewichte übrig, als „Verbleibende Gewichte“ sagt.</translation>
    </message>
    <message>
        <source>Allows removing attention heads and MLP channels: the least important on the text, equally many in each layer, as long as their bytes are predicted to help more elsewhere. The plan with all of them is built too, and the one that is better on held-out text is returned. Locked layers keep their width. With &apos;Remove layers&apos;, a plan that removes both is built too.</source>
        <translation>Heads der Attention und Kanäle des MLP dürfen wegfallen: die, die auf dem Text am wenigsten beitragen, in jeder Schicht gleich viele, solange ihre Bytes anderswo voraussichtlich mehr wert sind. Der Plan mit allen wird auch gebaut; das Ergebnis ist der, der auf zurückgehaltenem Text besser ist. Gesperrte Schichten behalten ihre Breite. Mit „Schichten entfernen“ wird auch ein Plan gebaut, in dem beides wegfällt.</translation>
    </message>
    <message>
        <source>Heads that the features are split into; their number must divide the widths of both models. 0: automatic.</source>
        <translation>Köpfe, in die die Merkmale geteilt werden; ihre Zahl muss die Breiten beider Modelle teilen. 0: automatisch.</translation>
    </message>
    <message>
        <source>Distance between the outputs of a layer and of the teacher&apos;s layer. Where the widths differ, a linear map between them is learned too, and discarded afterward.</source>
        <translation>Wie weit der Ausgang einer Schicht von dem des Lehrers abweichen darf. Wo die Breiten sich unterscheiden, steht dazwischen eine lineare Abbildung, die mitgelernt und danach verworfen wird.</translation>
    </message>
    <message>
        <source>How fast the shares follow the losses.</source>
        <translation>Wie schnell die Anteile den Losses folgen.</translation>
    </message>
    <message>
        <source>How many weights share a scale: smaller groups follow the values more closely and take more bits.</source>
        <translation>Wie viele Gewichte sich eine Skala teilen: Weniger Gewichte folgen den Werten genauer und kosten mehr Bits.</translation>
    </message>
    <message>
        <source>How many windows of the text are used; 0 means all of them.</source>
        <translation>Wie viele Fenster des Textes verwendet werden; 0 heißt alle.</translation>
    </message>
    <message>
        <source>Number of layers, evenly spaced, including the first and the last; 0: half of them.</source>
        <translation>Wie viele, gleichmäßig verteilt, darunter die erste und die letzte; 0: die Hälfte.</translation>
    </message>
    <message>
        <source>Number of texts. They are stored in the workspace, and other runs with the same teacher reuse them.</source>
        <translation>Wie viele. Sie bleiben im Arbeitsbereich: Ein anderer Lauf mit demselben Lehrer nimmt sie von dort.</translation>
    </message>
    <message>
        <source>How the learning rate decreases after the warm-up.</source>
        <translation>Wie die Lernrate nach dem Warm-up sinkt.</translation>
    </message>
    <message>
        <source>How the plan is built. GPTQ lets later weights compensate for the error of earlier ones, and loses less; nearest is faster.</source>
        <translation>Wie der Plan gebaut wird. GPTQ lässt kommende Gewichte den Fehler der vorigen ausgleichen und verliert weniger; der nächste Wert ist schneller.</translation>
    </message>
    <message>
        <source>Storage of the frozen weights during training. 8-bit fixed point uses all bits that the integer does not need for the fraction (Q4.4 for 4 bits, as in the paper). Packed integers take the least memory but lose how close each weight is to the next level.</source>
        <translation>Wie die Gewichte unter dem Low-Rank-Term beim Training gehalten werden. 8-Bit-Festkomma hat alle Bits nach dem Komma, die der Integer nicht braucht (Q4.4 bei 4 Bit, die Wahl der Autoren). Einfache Integer brauchen am wenigsten und vergessen, wie nah ein Gewicht am nächsten lag.</translation>
    </message>
    <message>
        <source>In nats for each token, in the order of the domains.</source>
        <translation>In Nats je Token, in der Reihenfolge der Domänen.</translation>
    </message>
    <message>
        <source>In the loss.</source>
        <translation>Im Loss.</translation>
    </message>
    <message>
        <source>Integers of the weights.</source>
        <translation>Integer der Gewichte.</translation>
    </message>
    <message>
        <source>Integers with a scale and a minimum for each group.</source>
        <translation>Integer mit Skala und Minimum für jede Gruppe.</translation>
    </message>
    <message>
        <source>KL divergence and top-1 agreement against the original model.</source>
        <translation>KL-Divergenz und Top-1-Übereinstimmung mit dem Originalmodell.</translation>
    </message>
    <message>
        <source>Stores every rounded weight from the forward to the backward pass instead of computing it twice: a little faster, but takes as much additional memory as the weights in float32.</source>
        <translation>Behält jedes gerundete Gewicht vom Vorwärts- bis zum Rückwärtslauf, statt es zweimal zu berechnen: etwas schneller, um so viel mehr Speicher, wie die Gewichte in float32 brauchen.</translation>
    </message>
    <message>
        <source>Keeps the dense weights of quantized layers in memory while training: faster. Without, each pass unpacks them layer by layer.</source>
        <translation>Behält die dichten Gewichte quantisierter Schichten beim Training im Speicher: schneller. Ohne entpackt sie jeder Durchgang Schicht für Schicht.</translation>
    </message>
    <message>
        <source>Kurtosis of all values that the layer reads, together.</source>
        <translation>Kurtosis aller Werte zusammen, die die Schicht liest.</translation>
    </message>
    <message>
        <source>Kurtosis of the weights: 3 for a normal distribution; large means outliers.</source>
        <translation>Kurtosis der Gewichte: 3 bei einer Normalverteilung; groß heißt Ausreißer.</translation>
    </message>
    <message>
        <source>Kurtosis of what the layer reads, within each token, averaged over tokens.</source>
        <translation>Kurtosis dessen, was die Schicht liest, innerhalb jedes Tokens, über Token gemittelt.</translation>
    </message>
    <message>
        <source>Largest norm of all gradients together; 0 switches it off.</source>
        <translation>Größte Norm aller Gradienten zusammen; 0 schaltet ab.</translation>
    </message>
    <message>
        <source>Largest norm of the gradients of ranges and scales; 0: none.</source>
        <translation>Größte Norm der Gradienten von Bereichen und Skalen; 0: keine.</translation>
    </message>
    <message>
        <source>Largest resident set while the block ran.</source>
        <translation>Größter residenter Speicher, während der Block lief.</translation>
    </message>
    <message>
        <source>Largest weight.</source>
        <translation>Größtes Gewicht.</translation>
    </message>
    <message>
        <source>Layers by name with * and ?, or by role: *.down_proj, layers.0.*, down, v.</source>
        <translation>Schichten nach Name mit * und ? oder nach Rolle: *.down_proj, layers.0.*, down, v.</translation>
    </message>
    <message>
        <source>Layers by role (q, k, v, o, gate, up, down; fc1, fc2; qkv, gate_up where they are fused) or by name with * and ?. Nothing: all linear layers, which learns best; those of experts only if they are named (expert_gate_up, expert_down).</source>
        <translation>Schichten nach Rolle (q, k, v, o, gate, up, down; fc1, fc2; qkv, gate_up, wo sie verschmolzen sind) oder nach Name mit * und ?. Nichts: alle linearen Schichten, was am besten lernt; die von Experten nur, wenn sie genannt sind (expert_gate_up, expert_down).</translation>
    </message>
    <message>
        <source>Layers that keep a format, as PATTERN=FORMAT: by role or by name with * and ?, such as v=Q8_0 or layers.0.*=int8. The first pattern that matches a layer applies.</source>
        <translation>Schichten, die ein Format behalten, als MUSTER=FORMAT: nach Rolle oder nach Name mit * und ?, etwa v=Q8_0 oder layers.0.*=int8. Es zählt das erste Muster, das eine Schicht meint.</translation>
    </message>
    <message>
        <source>Learned on a text, starting from random Hadamard ones; random Hadamard; random orthogonal; or none, to compare with.</source>
        <translation>An einem Text gelernt, ausgehend von zufälligen Hadamard-Rotationen; zufällige Hadamard-Rotation; zufällige orthogonale; oder keine, zum Vergleich.</translation>
    </message>
    <message>
        <source>Learning rate of B as a multiple of that of A (LoRA+): 16 where wide models learn slowly.</source>
        <translation>Lernrate von B als Vielfaches der von A (LoRA+): 16, wo breite Modelle langsam lernen.</translation>
    </message>
    <message>
        <source>Learning rate of the Lagrange multipliers, which push the masks to the target shape. The paper uses 1 with a penalty of 0; in runs of a few hundred steps the masks then overshoot the target.</source>
        <translation>Lernrate der Lagrange-Multiplikatoren, die die Masken zur Zielform drücken. Veröffentlicht ist 1 mit Strafterm 0: In Läufen von einigen hundert Schritten schießen die Masken dann über das Ziel hinaus.</translation>
    </message>
    <message>
        <source>Learning rate of the masks.</source>
        <translation>Lernrate der Masken.</translation>
    </message>
    <message>
        <source>Learning rate of the projections while they are fitted. In the recovery they have that of the weights.</source>
        <translation>Lernrate der Projektionen, während sie angepasst werden. In der Erholung haben sie die der Gewichte.</translation>
    </message>
    <message>
        <source>Learning rate of the weights when all of them are trained.</source>
        <translation>Lernrate der Gewichte, wenn alle trainiert werden.</translation>
    </message>
    <message>
        <source>Learns the length of each row of a weight apart from its direction: closer to full fine-tuning at low ranks, slower.</source>
        <translation>Lernt die Länge jeder Gewichtszeile getrennt von ihrer Richtung: bei niedrigen Rängen näher am vollen Fine-Tuning, langsamer.</translation>
    </message>
    <message>
        <source>Minimum number of tokens that llama.cpp generates per second on this machine&apos;s processor with an empty context, predicted from the measured speed of each format. The size limit still applies: set it to 100% to limit the speed alone. 0: any speed.</source>
        <translation>Wie viele Token llama.cpp mindestens pro Sekunde auf dem Prozessor dieses Rechners bei leerem Kontext schreibt, nach den gemessenen Geschwindigkeiten der Formate. Die Größe gilt auch: 100% für die Geschwindigkeit allein. 0: beliebig.</translation>
    </message>
    <message>
        <source>Lets every result and its original answer bundled prompts, and compares loops, ends, template, language, brackets and tokens: likelihood can stay while a model no longer writes. Long: also an answer of 512 tokens, and the end of a prompt of 2,304.</source>
        <translation>Lässt jedes Ergebnis und sein Original mitgelieferte Prompts beantworten und vergleicht Schleifen, Enden, Vorlage, Sprache, Klammern und Token: Die Likelihood kann bleiben, während ein Modell nicht mehr schreibt. Lang: auch eine Antwort von 512 Token und das Ende eines Prompts von 2 304.</translation>
    </message>
    <message>
        <source>Masks first: for a tenth of the steps masks alone, then the smaller model is cut out and its weights learn for the rest, from further samples. Together, as published: weights learn under masks that are drawn anew in each step. Automatic: masks first in runs of less than 3200 steps.</source>
        <translation>Erst die Masken: ein Zehntel der Schritte nur Masken, dann wird das kleinere Modell herausgeschnitten, und seine Gewichte lernen im Rest an weiteren Beispielen. Gemeinsam, wie veröffentlicht: Gewichte lernen unter Masken, die in jedem Schritt neu gezogen werden. Automatisch: erst die Masken in Läufen unter 3200 Schritten.</translation>
    </message>
    <message>
        <source>Matches how similar the tokens are to each other (MiniLM). Widths and heads may differ.</source>
        <translation>Gleicht an, wie ähnlich die Token einander sind (MiniLM). Breiten und Köpfe dürfen verschieden sein.</translation>
    </message>
    <message>
        <source>Mean KL(original || this) over all tokens.</source>
        <translation>Mittelwert von KL(Original || dieses) über alle Token.</translation>
    </message>
    <message>
        <source>Mean cosine of the last hidden states with the original&apos;s.</source>
        <translation>Mittlerer Kosinus der letzten Hidden States mit denen des Originals.</translation>
    </message>
    <message>
        <source>Mean cosine of the mean hidden state of each window with the original&apos;s: what embeddings are made of.</source>
        <translation>Mittlerer Kosinus des gemittelten Hidden States jedes Fensters mit dem des Originals: woraus Embeddings bestehen.</translation>
    </message>
    <message>
        <source>Mean negative log-likelihood of masked tokens.</source>
        <translation>Mittlere negative Log-Likelihood maskierter Token.</translation>
    </message>
    <message>
        <source>Mean negative log-likelihood per predicted token.</source>
        <translation>Mittlere negative Log-Likelihood je vorhergesagtem Token.</translation>
    </message>
    <message>
        <source>Mean of the weights.</source>
        <translation>Mittelwert der Gewichte.</translation>
    </message>
    <message>
        <source>Measures once, in about a minute, how fast llama.cpp reads each format on this machine&apos;s processor. Plans then predict the tokens per second, and can be chosen by that.</source>
        <translation>Einmal messen, wie schnell llama.cpp jedes Format auf dem Prozessor dieses Rechners liest, etwa eine Minute lang: ein Plan sagt dann, wie viele Token pro Sekunde er schreiben wird, und kann danach gewählt werden.</translation>
    </message>
    <message>
        <source>Measured once in the original model, or layer by layer behind the already compressed layers.</source>
        <translation>Einmal im Originalmodell gemessen oder Schicht für Schicht hinter den zuvor komprimierten Schichten.</translation>
    </message>
    <message>
        <source>Measured: tokens generated per second.</source>
        <translation>Gemessen: erzeugte Token je Sekunde.</translation>
    </message>
    <message>
        <source>Measured: tokens read per second.</source>
        <translation>Gemessen: gelesene Token je Sekunde.</translation>
    </message>
    <message>
        <source>Merged adapters cost nothing and can&apos;t be told from a fine-tuned model; kept apart they can be exported on their own (PEFT). Automatic: merged, but beside layers that are quantized, which merging would unpack.</source>
        <translation>Eingerechnete Adapter kosten nichts und sind von einem feinabgestimmten Modell nicht zu unterscheiden; getrennt lassen sie sich einzeln exportieren (PEFT). Automatisch: eingerechnet, aber neben quantisierten Schichten getrennt, die das Einrechnen entpacken würde.</translation>
    </message>
    <message>
        <source>Maximum minutes of GPTQ and training; 0: no limit. The number of steps that fit is estimated beforehand from the time of the held-out samples. A result that was cut short by the time limit belongs to this run alone, as after Stop early: another run with the same settings trains again.</source>
        <translation>Minuten von GPTQ und Training, höchstens; 0: keine Grenze. Die passenden Schritte werden vorher gezählt, nach der Zeit, die die zurückgehaltenen Beispiele brauchen. Ein Ergebnis, das die Uhr verkürzt hat, behält nur dieser Lauf, wie nach vorzeitigem Stopp: Ein anderer Lauf mit denselben Einstellungen trainiert neu.</translation>
    </message>
    <message>
        <source>Momentum (of SGD too).</source>
        <translation>Momentum (auch von SGD).</translation>
    </message>
    <message>
        <source>Most that tensors took of the accelerator&apos;s memory while the block ran.</source>
        <translation>Höchster Bedarf der Tensoren am Speicher des Beschleunigers, während der Block lief.</translation>
    </message>
    <message>
        <source>Nearest takes a second for each 10 to 20 million weights on a core. GPTQ lets later weights compensate for the error of earlier ones, and loses less.</source>
        <translation>Der nächste Wert braucht eine Sekunde je 10 bis 20 Millionen Gewichte auf einem Kern. GPTQ lässt kommende Gewichte den Fehler der vorigen ausgleichen und verliert weniger.</translation>
    </message>
    <message>
        <source>Number of layers to remove.</source>
        <translation>Anzahl der zu entfernenden Schichten.</translation>
    </message>
    <message>
        <source>Number of ranges to try, from the full range down to a fifth of it. Time grows with it.</source>
        <translation>Anzahl der Bereiche zwischen dem vollen und einem Fünftel davon. Die Zeit wächst mit ihr.</translation>
    </message>
    <message>
        <source>Numbers from 0, e.g. 20, 21, 25-27.</source>
        <translation>Nummern ab 0, z. B. 20, 21, 25-27.</translation>
    </message>
    <message>
        <source>Of all experts. No layer keeps fewer than each token is sent to. Where the router chooses among groups of experts, each group keeps equally many.</source>
        <translation>Aller Experten. Keine Schicht behält weniger, als jedes Token erreicht. Wo der Router unter Gruppen von Experten wählt, behält jede Gruppe gleich viele.</translation>
    </message>
    <message>
        <source>Number of trainings of each control, with different seeds; their mean is shown.</source>
        <translation>Jeder Kontrolle, mit anderen Zufallszahlen; ihr Mittel wird gezeigt.</translation>
    </message>
    <message>
        <source>Of each layer, with the largest weights kept, whole groups that share a key; 0: all.</source>
        <translation>Jeder Schicht, die mit den größten Gewichten behalten, ganze Gruppen, die sich einen Key teilen; 0: alle.</translation>
    </message>
    <message>
        <source>Of scales and norms, as a share of each: a step changes one by about this much.</source>
        <translation>Von Skalen und Normen, als Anteil ihrer Werte: Ein Schritt ändert einen Wert etwa um so viel.</translation>
    </message>
    <message>
        <source>Of the MLP, with the largest weights kept; 0: all.</source>
        <translation>Des MLP, die mit den größten Gewichten behalten; 0: alle.</translation>
    </message>
    <message>
        <source>Of the MLP; 0: all stays.</source>
        <translation>Des MLP; 0: alles bleibt.</translation>
    </message>
    <message>
        <source>Of the MLP; 0: as the config says.</source>
        <translation>Des MLP; 0: wie in der Konfiguration.</translation>
    </message>
    <message>
        <source>Of the low-rank term, in steps of the integers: 5e-3 for short runs, 1e-3 in the paper.</source>
        <translation>Des Low-Rank-Terms, in Schritten der Integer: 5e-3 für kurze Läufe, 1e-3 in der Veröffentlichung.</translation>
    </message>
    <message>
        <source>Initial proportions of the samples, in the order of the domains; they are scaled to a sum of 1. Empty: equal proportions.</source>
        <translation>Der Beispiele, die jede Domäne anfangs hat, in der Reihenfolge der Domänen; sie werden auf die Summe 1 skaliert. Leer: gleiche.</translation>
    </message>
    <message>
        <source>Of the student, with the largest embeddings kept; 0: that of the model.</source>
        <translation>Des Schülers, die mit den größten Embeddings behalten; 0: die des Modells.</translation>
    </message>
    <message>
        <source>Compare weights across the whole model, so that each layer loses as much as it can spare, or within each layer, so that all lose the same share.</source>
        <translation>Des ganzen Modells, sodass jede Schicht so viel verliert, wie sie entbehren kann, oder jeder Schicht für sich, sodass alle denselben Anteil verlieren.</translation>
    </message>
    <message>
        <source>Number of whole searches, with different initial weights and a different order of the samples: means and 95 % confidence intervals are reported. The ticket of the first search is the result.</source>
        <translation>Der ganzen Suche, mit anderen Anfangsgewichten und anderer Reihenfolge der Beispiele: Mittel und 95-%-Konfidenzintervalle werden berichtet. Das Ticket der ersten Suche ist das Ergebnis.</translation>
    </message>
    <message>
        <source>One rotation of the whole model&apos;s width.</source>
        <translation>Eine Rotation über die Breite des ganzen Modells.</translation>
    </message>
    <message>
        <source>One scale, signed so that the largest weight is exact. Asymmetric ranges fit skewed groups better and store a zero point with every scale.</source>
        <translation>Eine Skala mit einem Vorzeichen, bei dem das größte Gewicht exakt ist. Asymmetrische Bereiche passen besser zu schiefen Gruppen und speichern zu jeder Skala einen Nullpunkt.</translation>
    </message>
    <message>
        <source>PATTERN=NUMBERS, counted from 0, such as layers.0.*=3 7: a pattern of the names of modules of experts. Each layer has to lose equally many.</source>
        <translation>MUSTER=NUMMERN, ab 0 gezählt, etwa layers.0.*=3 7: ein Muster für Namen von Expertenmodulen. Jede Schicht muss gleich viele verlieren.</translation>
    </message>
    <message>
        <source>PATTERN=NUMBERS, counted from 0, such as layers.0=0-2 7: a pattern of the names of decoder layers. Each layer has to lose equally many: whole groups that share a key/value head, or equally many of each group.</source>
        <translation>MUSTER=NUMMERN, gezählt ab 0, etwa layers.0=0-2 7: ein Muster der Namen von Decoder-Schichten. Jede Schicht muss gleich viele verlieren: ganze Gruppen, die einen Key/Value-Head teilen, oder von jeder Gruppe gleich viele.</translation>
    </message>
    <message>
        <source>PATTERN=NUMBERS, counted from 0, such as layers.0=0-31 77: a pattern of the names of decoder layers. Each layer has to lose equally many.</source>
        <translation>MUSTER=NUMMERN, gezählt ab 0, etwa layers.0=0-31 77: ein Muster der Namen von Decoder-Schichten. Jede Schicht muss gleich viele verlieren.</translation>
    </message>
    <message>
        <source>Paged: on a CUDA device its state moves to the CPU&apos;s memory when that of the device runs short. Elsewhere AdamW takes its place, and the log says so.</source>
        <translation>Ausgelagert: Auf einem CUDA-Gerät wandert der Zustand in den Speicher der CPU, wenn der des Geräts knapp wird. Anderswo tritt AdamW an seine Stelle, und das Protokoll sagt es.</translation>
    </message>
    <message>
        <source>Parameters of the dense equal, tied ones counted once.</source>
        <translation>Parameter des dichten Gegenstücks, geteilte einmal gezählt.</translation>
    </message>
    <message>
        <source>Pieces of the text that GPTQ is calibrated on.</source>
        <translation>Textstücke, an denen GPTQ kalibriert wird.</translation>
    </message>
    <message>
        <source>Pieces of the text that are used, spread evenly over it.</source>
        <translation>Verwendete Textstücke, gleichmäßig über den Text verteilt.</translation>
    </message>
    <message>
        <source>Pieces of the text that every layer is trained on, evenly spaced. Their hidden states are in memory three times.</source>
        <translation>Textstücke, an denen jede Schicht trainiert wird, gleichmäßig über den Text verteilt. Ihre Hidden States liegen dreifach im Speicher.</translation>
    </message>
    <message>
        <source>Precision of matrix products; weights, losses and optimizer stay in float32. Automatic: bfloat16 on a GPU that has it, float32 elsewhere.</source>
        <translation>Genauigkeit der Matrixprodukte; Gewichte, Losses und Optimizer bleiben in float32. Automatisch: bfloat16 auf einer GPU, die es hat, sonst float32.</translation>
    </message>
    <message>
        <source>Precision of matrix products; what is learned, losses and optimizer stay in float32. Automatic: bfloat16 on a GPU or processor that has units for it, else float32.</source>
        <translation>Genauigkeit der Matrixprodukte; was gelernt wird, Losses und Optimizer bleiben in float32. Automatisch: bfloat16 auf einer GPU oder einem Prozessor mit Einheiten dafür, sonst float32.</translation>
    </message>
    <message>
        <source>Projected lengths of the layers one by one, instead of the same for all: 256, 256, 128, 64.</source>
        <translation>Projizierte Längen der Schichten einzeln statt derselben für alle: 256, 256, 128, 64.</translation>
    </message>
    <message>
        <source>Quantize the output layer. Tied to the embedding, both share one copy if both are quantized.</source>
        <translation>Die Ausgabeschicht quantisieren. Ist sie mit dem Embedding geteilt, haben beide eine gemeinsame Kopie, wenn beide quantisiert werden.</translation>
    </message>
    <message>
        <source>Quantize the token embedding. It is a large part of small models.</source>
        <translation>Das Token-Embedding quantisieren. Bei kleinen Modellen ist es ein großer Teil.</translation>
    </message>
    <message>
        <source>Ranges that are symmetric around zero, as runtimes for 8-bit activations expect.</source>
        <translation>Bereiche, die so weit nach unten wie nach oben reichen: was Laufzeiten für 8-Bit-Aktivierungen erwarten.</translation>
    </message>
    <message>
        <source>Rank of each layer&apos;s update. A higher rank can learn more and costs memory in proportion.</source>
        <translation>Rang des Updates jeder Schicht. Ein höherer Rang kann mehr lernen und kostet entsprechend mehr Speicher.</translation>
    </message>
    <message>
        <source>Rank of the low-rank term.</source>
        <translation>Rang des Low-Rank-Terms.</translation>
    </message>
    <message>
        <source>Ranks are rounded down to a multiple, which suits processors, and later quantization in groups.</source>
        <translation>Ränge werden auf ein Vielfaches abgerundet, was Prozessoren und späterer Quantisierung in Gruppen entgegenkommt.</translation>
    </message>
    <message>
        <source>Recomputes each layer in the backward pass instead of storing its activations: a third more time, much less memory.</source>
        <translation>Berechnet jede Schicht im Rückwärtslauf neu, statt ihre Aktivierungen zu speichern: ein Drittel mehr Zeit, viel weniger Speicher.</translation>
    </message>
    <message>
        <source>Relative error that FP4 (E2M1) would make, in blocks of 64.</source>
        <translation>Relativer Fehler von FP4 (E2M1), in 64er-Blöcken.</translation>
    </message>
    <message>
        <source>Relative error that MXFP4 would make, in its groups of 32.</source>
        <translation>Relativer Fehler von MXFP4, in dessen 32er-Gruppen.</translation>
    </message>
    <message>
        <source>Relative error that NF4 would make, in blocks of 64.</source>
        <translation>Relativer Fehler von NF4, in 64er-Blöcken.</translation>
    </message>
    <message>
        <source>Relative error that NVFP4 would make, in its groups of 16.</source>
        <translation>Relativer Fehler von NVFP4, in dessen 16er-Gruppen.</translation>
    </message>
    <message>
        <source>Relative error that symmetric int4 would make, in groups of 64.</source>
        <translation>Relativer Fehler von symmetrischem int4, in 64er-Gruppen.</translation>
    </message>
    <message>
        <source>Rewinds to the weights after this many steps; learning rate and data continue from there. Larger networks need it: a few percent of the training.</source>
        <translation>Auf die Gewichte nach so vielen Schritten zurückspulen; Lernrate und Daten gehen von dort weiter. Größere Netze brauchen das: einige Prozent des Trainings.</translation>
    </message>
    <message>
        <source>Round the inputs of the layers too while training and after, with a scale for every token.</source>
        <translation>Auch die Eingänge der Schichten beim Training und danach runden, mit einer Skala für jedes Token.</translation>
    </message>
    <message>
        <source>Round the inputs of the layers too, with a scale for each token that is computed at run time.</source>
        <translation>Auch die Eingänge der Schichten runden, mit einer Skala für jedes Token, die zur Laufzeit berechnet wird.</translation>
    </message>
    <message>
        <source>Round the inputs of the layers too, with scales computed at run time, for every token or its groups; or with a scale for the whole layer that is fixed on a text, which NVFP4 has beside those of its groups.</source>
        <translation>Auch die Eingänge der Schichten runden, mit Skalen, die zur Laufzeit für jedes Token oder seine Gruppen berechnet werden; oder mit einer Skala für die ganze Schicht, an einem Text bestimmt, die NVFP4 neben denen seiner Gruppen hat.</translation>
    </message>
    <message>
        <source>Rounds high-energy inputs first, while many others can still compensate for their error. Groups stay where they are.</source>
        <translation>Rundet Eingänge mit viel Energie zuerst, solange viele andere ihren Fehler noch ausgleichen können. Gruppen bleiben, wo sie sind.</translation>
    </message>
    <message>
        <source>Runs the teacher once beforehand and stores its k most likely tokens for each position on disk, with one number for all others: the student is then trained without the teacher in memory. 64 to 128 lose almost nothing. 0: the teacher runs during training.</source>
        <translation>Lässt den Lehrer vorher einmal laufen und behält seine k wahrscheinlichsten Token jeder Stelle auf dem Datenträger, mit einer Zahl für alle anderen: Der Schüler wird dann ohne den Lehrer im Speicher trainiert. 64 bis 128 verlieren fast nichts. 0: Der Lehrer läuft mit.</translation>
    </message>
    <message>
        <source>Runtimes for 8-bit weights and activations expect it; asymmetric ones lose less at 4 bits.</source>
        <translation>Laufzeiten für 8-Bit-Gewichte und -Aktivierungen erwarten es; asymmetrische verlieren bei 4 Bit weniger.</translation>
    </message>
    <message>
        <source>Runtimes for 8-bit weights and activations expect it; asymmetric ones, the authors&apos; choice, lose less.</source>
        <translation>Laufzeiten für 8-Bit-Gewichte und -Aktivierungen erwarten es; asymmetrische, die Wahl der Autoren, verlieren weniger.</translation>
    </message>
    <message>
        <source>Samples held out for evaluation, spread evenly over the text, if possible none that an earlier block was calibrated on; 0: none.</source>
        <translation>Für die Auswertung zurückgehaltene Beispiele, gleichmäßig über den Text verteilt, möglichst keine, auf denen ein früherer Block kalibriert wurde; 0: keine.</translation>
    </message>
    <message>
        <source>Samples held out, evenly spaced over the text, if possible none that an earlier block was calibrated on. The result is used only if its divergence from the original is lower on them.</source>
        <translation>Zurückgehaltene Beispiele, gleichmäßig über den Text verteilt, möglichst keine, auf denen ein früherer Block kalibriert wurde. Das Ergebnis bleibt nur, wenn seine Divergenz vom Original auf ihnen gesunken ist.</translation>
    </message>
    <message>
        <source>Samples of one forward pass on one device; the gradients of several passes are added up to a step. Smaller needs less memory. It changes the result only by rounding.</source>
        <translation>Beispiele eines Vorwärtslaufs auf einem Gerät; die Gradienten mehrerer Läufe werden zu einem Schritt addiert. Kleiner braucht weniger Speicher. Das Ergebnis ändert sich nur durch Rundung.</translation>
    </message>
    <message>
        <source>Samples of one step, over all devices.</source>
        <translation>Beispiele eines Schritts, über alle Geräte.</translation>
    </message>
    <message>
        <source>Samples of one step, over all devices. The authors take 32.</source>
        <translation>Beispiele eines Schritts, über alle Geräte. Die Autoren nehmen 32.</translation>
    </message>
    <message>
        <source>Samples of one step.</source>
        <translation>Beispiele eines Schritts.</translation>
    </message>
    <message>
        <source>Samples that GPTQ is calibrated on, spread evenly over those that are trained on.</source>
        <translation>Beispiele, auf denen GPTQ kalibriert, gleichmäßig über die Trainingsbeispiele verteilt.</translation>
    </message>
    <message>
        <source>Samples that are only evaluated.</source>
        <translation>Beispiele, die nur ausgewertet werden.</translation>
    </message>
    <message>
        <source>Samples that are trained on, spread evenly over the text; 0: as many as the steps see.</source>
        <translation>Beispiele, an denen trainiert wird, gleichmäßig über den Text verteilt; 0: so viele, wie die Schritte sehen.</translation>
    </message>
    <message>
        <source>Scales, minima, super-scales and sub-scales as the format stores them; codes, by learned rounding to neighboring levels, which takes 4 bytes per weight; or both.</source>
        <translation>Skalen, Minima, Super- und Subskalen, wie das Format sie speichert; Codes, durch gelerntes Runden auf Nachbarstufen, was 4 Byte je Gewicht braucht; oder beides.</translation>
    </message>
    <message>
        <source>Sensitivities are measured and the plan is rounded on this text. A part that neither of them uses is held out for measuring plans. &apos;pipeline&apos; for the text of the pipeline, a text file or folder of them, a data set on the hub (hub:name), or bundled texts (&apos;mixed&apos; or &apos;sample&apos;).</source>
        <translation>An ihm werden Sensitivitäten gemessen und der Plan gerundet; ein Teil, der an beidem nicht teilnimmt, wird zum Messen der Pläne zurückgehalten. &apos;pipeline&apos; für den Text der Pipeline, eine Textdatei oder ein Ordner davon, ein Datensatz auf dem Hub (hub:name) oder mitgelieferte Texte (&apos;mixed&apos; oder &apos;sample&apos;).</translation>
    </message>
    <message>
        <source>Share of a group&apos;s weights within the range; the others are clipped.</source>
        <translation>Anteil der Gewichte einer Gruppe, den der Bereich umfasst; die anderen werden abgeschnitten.</translation>
    </message>
    <message>
        <source>Share of a layer&apos;s inputs that is dropped before the update during training.</source>
        <translation>Anteil der Eingänge einer Schicht, die ihr Update beim Training nicht sieht.</translation>
    </message>
    <message>
        <source>Share of exact zeros among the weights of the linear layers.</source>
        <translation>Anteil exakter Nullen unter den Gewichten der linearen Schichten.</translation>
    </message>
    <message>
        <source>Share of exact zeros.</source>
        <translation>Anteil exakter Nullen.</translation>
    </message>
    <message>
        <source>Share of its uniform rank that every layer keeps. Without a floor some ranks fall to almost nothing.</source>
        <translation>Anteil ihres einheitlichen Rangs, den jede Schicht behält. Ohne Untergrenze fallen manche Ränge auf fast nichts.</translation>
    </message>
    <message>
        <source>Share of the generation check&apos;s answers that repeat themselves.</source>
        <translation>Anteil der Antworten der Generierungsprüfung, die sich wiederholen.</translation>
    </message>
    <message>
        <source>Share of the original&apos;s greedy answer before the first token that differs, mean over prompts.</source>
        <translation>Anteil der Greedy-Antwort des Originals vor dem ersten abweichenden Token, gemittelt über Prompts.</translation>
    </message>
    <message>
        <source>Share of the parameters that the block changed; the rest is unchanged.</source>
        <translation>Anteil der Parameter, die der Block geändert hat; der Rest ist wie geliefert.</translation>
    </message>
    <message>
        <source>Share of the parameters, parameters in millions, megabytes on disk as the model is stored, or milliseconds that this machine takes to read one sample, which is measured on random weights.</source>
        <translation>Anteil der Parameter, Parameter in Millionen, Megabyte auf dem Datenträger, wie das Modell gespeichert ist, oder Millisekunden, die dieser Rechner für ein Beispiel braucht, gemessen mit zufälligen Gewichten.</translation>
    </message>
    <message>
        <source>Share of the plain next-token loss on the text; the rest is the divergence.</source>
        <translation>Anteil des einfachen Next-Token-Loss auf dem Text; der Rest ist die Divergenz.</translation>
    </message>
    <message>
        <source>Share of the steps in which the learning rate rises from zero.</source>
        <translation>Anteil der Schritte, in denen die Lernrate von null ansteigt.</translation>
    </message>
    <message>
        <source>Share of the steps in which the rates rise from zero.</source>
        <translation>Anteil der Schritte, in denen die Raten von null ansteigen.</translation>
    </message>
    <message>
        <source>Share of the steps in which the target moves from no pruning to the full target.</source>
        <translation>Anteil der Schritte, in denen das Ziel von nichts bis zum ganzen Schnitt wandert.</translation>
    </message>
    <message>
        <source>Share of the steps whose texts the student generates itself, so that it learns from its own mistakes. Generating takes several times as long as training.</source>
        <translation>Anteil der Schritte, deren Texte der Schüler selbst schreibt, sodass er aus eigenen Fehlern lernt. Schreiben dauert mehrmals so lange wie Lernen.</translation>
    </message>
    <message>
        <source>Share of the sum of squared singular values that is kept. Layers where that saves nothing stay as they are.</source>
        <translation>Anteil der Summe quadrierter Singulärwerte, der bleibt. Schichten, bei denen das nichts spart, bleiben unverändert.</translation>
    </message>
    <message>
        <source>Share of the tokens that the original is sure of (90 %) in its answers, and this one would write otherwise.</source>
        <translation>Anteil der Token, deren sich das Original in seinen Antworten sicher ist (90 %) und die dieses anders schreiben würde.</translation>
    </message>
    <message>
        <source>Share of the values behind the embedding, each attention and each MLP that are dropped while training.</source>
        <translation>Anteil der Werte hinter dem Embedding, jeder Attention und jedem MLP, die beim Training wegfallen.</translation>
    </message>
    <message>
        <source>Share of the weights of every layer that is removed, unless an exception says otherwise.</source>
        <translation>Anteil der Gewichte jeder Schicht, der wegfällt, wenn keine Ausnahme es anders sagt.</translation>
    </message>
    <message>
        <source>Share of the weights of the linear layers that is removed. Not used with ranks by energy.</source>
        <translation>Anteil der Gewichte der linearen Schichten, der weggenommen wird. Bei Rängen nach Energie spielt er keine Rolle.</translation>
    </message>
    <message>
        <source>Share of the weights of the pruned layers that remain at the end. Every round keeps the same fraction of the remaining ones; the output layer, and an embedding that shares its table, can lose half as many.</source>
        <translation>Anteil der Gewichte der geprunten Schichten, der am Ende bleibt. Jede Runde behält denselben Bruchteil der übrigen; die Tabelle der Ausgabeschicht und ein Embedding, das sie teilt, dürfen halb so viele verlieren.</translation>
    </message>
    <message>
        <source>Share of tokens with the same most likely successor.</source>
        <translation>Anteil der Token mit demselben wahrscheinlichsten Nachfolger.</translation>
    </message>
    <message>
        <source>Shown in the window&apos;s title, the history and the reports.</source>
        <translation>Erscheint im Fenstertitel, im Verlauf und in den Berichten.</translation>
    </message>
    <message>
        <source>Signal to quantization noise against the original weight, in decibels; higher is better.</source>
        <translation>Signal-Quantisierungsrausch-Verhältnis gegenüber dem Originalgewicht, in Dezibel; höher ist besser.</translation>
    </message>
    <message>
        <source>Slots k that keys and values are projected to, in every layer. For encoders.</source>
        <translation>Slots k, auf die Keys und Values in jeder Schicht projiziert werden. Für Encoder.</translation>
    </message>
    <message>
        <source>Smallest weight.</source>
        <translation>Kleinstes Gewicht.</translation>
    </message>
    <message>
        <source>Number of samples for the backward pass, whose gradients tell how much an error of each output costs. More samples are more accurate and take longer.</source>
        <translation>So viele der Beispiele laufen auch rückwärts durch das Modell: Ihre Gradienten sagen, wie viel ein Fehler jedes Ausgangs kostet. Mehr ist genauer und dauert länger.</translation>
    </message>
    <message>
        <source>Number of samples that are evaluated for every layer that is removed on trial.</source>
        <translation>So viele der Beispiele werden für jede Schicht, die zur Probe herausgenommen wird, erneut gelesen.</translation>
    </message>
    <message>
        <source>SparseGPT visits high-energy inputs first, while many others can still compensate for what is removed. Not with 2:4 and 4:8.</source>
        <translation>SparseGPT besucht Eingänge mit viel Energie zuerst, solange viele andere übrig sind, um das Wegfallende auszugleichen. Nicht bei 2:4 und 4:8.</translation>
    </message>
    <message>
        <source>Standard deviation of the weights.</source>
        <translation>Standardabweichung der Gewichte.</translation>
    </message>
    <message>
        <source>Step of signed gradient descent, in levels: a weight moves by at most this much in a step. Behind GPTQ it moves by more, since codes start in the middle of their level; only weights whose gradient keeps its sign change their code.</source>
        <translation>Schritt des Vorzeichen-Gradientenabstiegs, in Stufen: Ein Gewicht bewegt sich in einem Schritt höchstens um so viel. Hinter GPTQ um mehr, da die Codes in der Mitte ihrer Stufe beginnen: Es bewegen sich die, deren Gradient sein Vorzeichen behält.</translation>
    </message>
    <message>
        <source>Steps between two evaluations on held-out samples, after which the shares of domains move; 0: only at the end.</source>
        <translation>Schritte zwischen zwei Auswertungen an zurückgehaltenen Beispielen, nach denen sich die Anteile der Domänen bewegen; 0: nur am Ende.</translation>
    </message>
    <message>
        <source>Steps between two evaluations on held-out samples. The step with the lowest loss tells how fast a network learns.</source>
        <translation>Schritte zwischen zwei Auswertungen an zurückgehaltenen Beispielen. Der Schritt mit dem kleinsten Loss sagt, wie schnell ein Netz lernt.</translation>
    </message>
    <message>
        <source>Steps between two evaluations on held-out samples; 0: only at the end.</source>
        <translation>Schritte zwischen zwei Auswertungen an zurückgehaltenen Beispielen; 0: nur am Ende.</translation>
    </message>
    <message>
        <source>Steps in which only the projections are trained, so that each layer reproduces its original output.</source>
        <translation>Schritte, in denen nur die Projektionen trainiert werden, sodass jede Schicht gibt, was sie zuvor gab.</translation>
    </message>
    <message>
        <source>Steps of the optimization. Each group keeps the best of them.</source>
        <translation>Schritte der Optimierung. Jede Gruppe behält den besten.</translation>
    </message>
    <message>
        <source>Steps of the optimizer, at most. Most is gained in the first 40.</source>
        <translation>Schritte des Optimizers, höchstens. Das meiste ist in den ersten 40 gewonnen.</translation>
    </message>
    <message>
        <source>Steps of the optimizer.</source>
        <translation>Schritte des Optimizers.</translation>
    </message>
    <message>
        <source>Steps of the optimizer. Most is gained in the first 20; the authors take 10 000.</source>
        <translation>Schritte des Optimizers. Das meiste ist in den ersten 20 gewonnen; die Autoren nehmen 10 000.</translation>
    </message>
    <message>
        <source>Steps of the optimizer; of every layer, where they are trained one after the other. The authors train 50 epochs over 132 000 samples.</source>
        <translation>Schritte des Optimizers; jeder Schicht, wenn sie nacheinander trainiert werden. Die Autoren trainieren 50 Epochen über 132 000 Beispiele.</translation>
    </message>
    <message>
        <source>Steps of the recovery.</source>
        <translation>Schritte der Erholung.</translation>
    </message>
    <message>
        <source>Stops after this many evaluations in a row without a better loss, and restores the best weights; 0: never.</source>
        <translation>Stoppt nach so vielen Auswertungen in Folge ohne besseren Loss und stellt die besten Gewichte wieder her; 0: nie.</translation>
    </message>
    <message>
        <source>Stored bits per weight, scales and zero points included.</source>
        <translation>Gespeicherte Bits je Gewicht, einschließlich Skalen und Nullpunkten.</translation>
    </message>
    <message>
        <source>Stores the scales in 8 bits too: 4.13 instead of 4.5 bits a weight in blocks of 64.</source>
        <translation>Speichert auch die Skalen in 8 Bit: 4.13 statt 4.5 Bits je Gewicht in 64er-Blöcken.</translation>
    </message>
    <message>
        <source>Student:teacher, numbers beginning with 0: 0:1, 1:3.</source>
        <translation>Schüler:Lehrer, Nummern ab 0: 0:1, 1:3.</translation>
    </message>
    <message>
        <source>Symmetric: the share of the reverse KL. Jensen–Shannon: β; 0.5 is symmetric, 0 is forward KL, 1 is reverse KL. Skewed: α, how much of the other distribution is mixed in; 0 is the plain KL.</source>
        <translation>Symmetrisch: der Anteil der Rückwärts-KL. Jensen–Shannon: β, 0.5 ist die symmetrische, 0 Vorwärts-KL, 1 Rückwärts-KL. Schief: α, wie viel der anderen Verteilung beigemischt wird; 0 ist die einfache KL.</translation>
    </message>
    <message>
        <source>Texts to sample from, in proportions that can change during training, each as name = text, where text is a file, sample:stories or a data set on the hub. Empty: the one text above.</source>
        <translation>Texte, aus denen in Anteilen geschöpft wird, die sich beim Training bewegen können, je als Name = Text, wobei Text eine Datei, sample:stories oder ein Datensatz auf dem Hub ist. Leer: der eine Text oben.</translation>
    </message>
    <message>
        <source>The 16-bit model&apos;s predictions, whose gradients agree from batch to batch; or the text itself, as published, which needs many more samples.</source>
        <translation>Die Vorhersagen des 16-Bit-Modells, deren Gradienten von Batch zu Batch übereinstimmen; oder der Text selbst, wie veröffentlicht, was viel mehr Beispiele braucht.</translation>
    </message>
    <message>
        <source>The divergence from the teacher&apos;s predictions, which is better for short runs, or the next token of the text, as in the paper.</source>
        <translation>Die Divergenz von den Vorhersagen des Lehrers, besser für kurze Läufe, oder das nächste Token des Textes, wie bei den Autoren.</translation>
    </message>
    <message>
        <source>The energy of the input of each weight, so that errors are weighted by their effect. Collected on a text, or read from a file that llama-imatrix or this program wrote. GPTQ needs the text.</source>
        <translation>Die Energie dessen, was jedes Gewicht erreicht, damit das Wichtige sorgfältig gerundet wird. An einem Text ermittelt oder aus einer Datei gelesen, die llama-imatrix oder dieses Programm geschrieben hat. GPTQ braucht den Text.</translation>
    </message>
    <message>
        <source>The highest step size of the weights.</source>
        <translation>Die höchste Schrittweite der Gewichte.</translation>
    </message>
    <message>
        <source>The highest step size.</source>
        <translation>Die höchste Schrittweite.</translation>
    </message>
    <message>
        <source>The highest step size. 1e-4 to 4e-4 in the paper; a few hundred steps at 2e-3 do more harm than good.</source>
        <translation>Die höchste Schrittweite. 1e-4 bis 4e-4 in der Veröffentlichung; einige hundert Schritte bei 2e-3 verlieren mehr, als sie bringen.</translation>
    </message>
    <message>
        <source>The inputs that come from norms, as published; or also those that come from other layers, such as the inputs of the output and down projections.</source>
        <translation>Die Eingänge, die Normen schreiben, wie veröffentlicht; oder auch die, die andere Schichten schreiben, etwa die der Output- und Down-Projektion.</translation>
    </message>
    <message>
        <source>The largest step of the rotations on their manifold.</source>
        <translation>Der größte Schritt der Rotationen auf ihrer Mannigfaltigkeit.</translation>
    </message>
    <message>
        <source>The largest weight, a percentile of the weights, or the range with the smallest error, which is slower and much better below 4 bits. Symmetric integers reach one step further on the side of the largest weight; in a narrow range, as published for absmax, they reach as far on both sides, ±127 for 8 bits. With an importance matrix the error is that of what the layers give on a text: the best of them. 4-bit floats can choose for each group whether its largest weight becomes 6 or 4. Blocks of GGUF are always searched for the smallest error, with an importance matrix or without.</source>
        <translation>Das größte Gewicht, ein Perzentil der Gewichte oder der Bereich mit dem kleinsten Fehler, der langsamer und unter 4 Bit viel besser ist. Symmetrische Integer reichen auf der Seite des größten Gewichts einen Schritt weiter; in einem engen Bereich, wie für absmax veröffentlicht, reichen sie auf beiden Seiten gleich weit, ±127 bei 8 Bit. Mit einer Importance-Matrix ist der Fehler der dessen, was die Schichten auf einem Text geben: die beste Wahl. 4-Bit-Floats können für jede Gruppe wählen, ob ihr größtes Gewicht 6 oder 4 wird. GGUF-Blöcke werden immer nach dem kleinsten Fehler gesucht, mit oder ohne Importance-Matrix.</translation>
    </message>
    <message>
        <source>The largest weight, or the range with the smallest error, weighted by the energy of the inputs, which is better below 8 bits.</source>
        <translation>Das größte Gewicht oder der Bereich mit dem kleinsten Fehler, gewichtet nach der Energie der Eingänge, was unter 8 Bit besser ist.</translation>
    </message>
    <message>
        <source>The largest weight, or the range with the smallest error.</source>
        <translation>Das größte Gewicht oder der Bereich mit dem kleinsten Fehler.</translation>
    </message>
    <message>
        <source>The layer of the teacher that each layer of the student learns from.</source>
        <translation>Die Schicht des Lehrers, von der jede Schicht des Schülers lernt.</translation>
    </message>
    <message>
        <source>The loss falls with this power of the parameters; 0.076 is what Kaplan et al. measured.</source>
        <translation>Der Loss fällt mit dieser Potenz der Parameter; 0.076 haben Kaplan et al. gemessen.</translation>
    </message>
    <message>
        <source>The incoming model, a smaller one made of some of its layers and their largest weights, or one with random weights.</source>
        <translation>Das eingehende Modell, ein kleineres aus einem Teil seiner Schichten und den größten ihrer Gewichte oder eines mit zufälligen Gewichten.</translation>
    </message>
    <message>
        <source>The model before quantization: a folder, a GGUF file, an id on the hub. Empty: the model linked to the teacher input, or the source that this pipeline quantized. Required for a file that was quantized elsewhere.</source>
        <translation>Das Modell, das quantisiert wurde: ein Ordner, eine GGUF-Datei, eine ID auf dem Hub. Leer: das mit dem Lehrer-Eingang verbundene Modell oder die Quelle, die diese Pipeline quantisiert hat. Eine quantisierte Datei von anderen braucht es.</translation>
    </message>
    <message>
        <source>The optimization minimizes the sum of |error| to this power. Below 1 it forgives a few large errors for many small ones.</source>
        <translation>Die Optimierung minimiert die Summe von |Fehler| hoch diesem Exponenten. Unter 1 verzeiht sie einige große Fehler zugunsten vieler kleiner.</translation>
    </message>
    <message>
        <source>Also prunes the output layer, separately, equally many weights for each token. A head that shares the embedding&apos;s table is pruned only together with it: in a small model, most of the weights are then never pruned.</source>
        <translation>Auch die Ausgabeschicht, für sich allein, von jedem Token gleich viele Gewichte. Ein Head, der die Tabelle des Embeddings teilt, wird nur mit diesem gemeinsam beschnitten: in einem kleinen Modell werden sonst die meisten Gewichte nie beschnitten.</translation>
    </message>
    <message>
        <source>The target shape: in numbers, that of another model, one that is proposed for a budget, or what remains without the listed heads and channels.</source>
        <translation>Die Form, die bleibt: in Zahlen, die eines anderen Modells, eine für ein Budget vorgeschlagene, oder das, was benannte Heads und Kanäle übrig lassen.</translation>
    </message>
    <message>
        <source>Also prunes the token embedding, separately, equally many weights for each token; where the head shares its table, at the head&apos;s rate.</source>
        <translation>Auch das Token-Embedding, für sich allein, von jedem Token gleich viele Gewichte; wo der Head seine Tabelle teilt, im Maß des Heads.</translation>
    </message>
    <message>
        <source>How often sensitivities are measured again on the built plan, after which a few layers change their format if that lowers the loss on the calibration text. Only for plans that are rounded to nearest and predicted to lose more than 0.1 nats per token: below that, the first measurement is accurate enough.</source>
        <translation>Wie oft Sensitivitäten am Plan selbst erneut gemessen werden und einige Schichten ihr Format wechseln, wenn der Loss auf dem Kalibrierungstext dann fällt. Nur für Pläne, die zum nächsten Wert gerundet werden und voraussichtlich mehr als 0.1 Nats je Token verlieren: Darunter gelten die ersten Preise.</translation>
    </message>
    <message>
        <source>What a rank keeps most of. The outputs on the calibration text (SVD-LLM) are far better than the weights alone, which collapse soon. By their gradients an error of each output counts by what it costs the model&apos;s predictions: that takes a backward pass, and a decoder.</source>
        <translation>Wovon ein Rang am meisten behält. Die Ausgänge auf dem Kalibrierungstext (SVD-LLM) sind viel besser als die Gewichte allein, die bald kollabieren. Nach ihren Gradienten zählt ein Fehler jedes Ausgangs so viel, wie er die Vorhersagen des Modells kostet: Das braucht einen Rückwärtsdurchlauf und einen Decoder.</translation>
    </message>
    <message>
        <source>The program that will run the file. It determines which formats are available and which layers must share one.</source>
        <translation>Das Programm, das die Datei ausführen wird: Es entscheidet, welche Formate es gibt und welche Schichten übereinstimmen müssen.</translation>
    </message>
    <message>
        <source>removed layers</source>
        <translation>entfernte Schichten</translation>
    </message>
    <message>
        <source>{0} removed</source>
        <translation>{0} entfernt</translation>
    </message>
    <message>
        <source>Minutes after which no further round or search begins; 0: no limit. Building and comparing take additional time. A result that was cut short by the time limit belongs to this run alone, as after Stop early: another run with the same settings starts again.</source>
        <translation>Minuten, nach denen keine weitere Runde oder Suche beginnt; 0: keine Grenze. Bauen und Vergleichen kommen hinzu. Ein Ergebnis, das die Uhr verkürzt hat, behält nur dieser Lauf, wie nach vorzeitigem Stopp: Ein anderer Lauf mit denselben Einstellungen beginnt neu.</translation>
    </message>
    <message>
        <source>Samples that neither sensitivities nor rounding use: the guard compares models on them. More samples reveal smaller differences.</source>
        <translation>Beispiele, die weder Sensitivitäten noch Rundung sehen: An ihnen vergleicht die Absicherung die Modelle. Je mehr es sind, desto kleinere Unterschiede erkennt sie.</translation>
    </message>
    <message>
        <source>The gradient of the rotation also goes through the smallest and largest value of each token. Off: as published.</source>
        <translation>Die Rotation lernt auch, wie sich kleinste und größte Werte ihrer Token bewegen. Aus: wie veröffentlicht.</translation>
    </message>
    <message>
        <source>The same as a share of the bytes that it got.</source>
        <translation>Dasselbe als Anteil der Bytes, die er erhielt.</translation>
    </message>
    <message>
        <source>The same mask with new random weights, and a random mask with the same number of weights in each layer, to compare the ticket with. Each costs one training.</source>
        <translation>Dieselbe Maske mit neuen zufälligen Gewichten und eine zufällige Maske mit gleich vielen Gewichten je Schicht: Ohne sie weiß niemand, was das Ticket wert ist. Jede kostet ein Training.</translation>
    </message>
    <message>
        <source>The same share for every layer; one budget that is distributed over the layers to remove the most error; or the rank at which each layer retains a share of its energy.</source>
        <translation>Derselbe Anteil jeder Schicht; ein Budget, das nach dem Fehler, den es wegnimmt, über die Schichten verteilt wird; oder in jeder Schicht so viele, dass ein Anteil der Energie bleibt.</translation>
    </message>
    <message>
        <source>The search minimizes the sum of |error| to this power. The authors recommend 3 to 4.</source>
        <translation>Die Suche minimiert die Summe von |Fehler| hoch diesem Exponenten. Die Autoren empfehlen 3 bis 4.</translation>
    </message>
    <message>
        <source>The search minimizes the sum of |error| to this power: 2 is the squared error, more spares the large weights.</source>
        <translation>Die Suche minimiert die Summe von |Fehler| hoch diesem Exponenten: 2 ist der quadrierte Fehler, mehr schont die großen Gewichte.</translation>
    </message>
    <message>
        <source>Solves the second factor again for the layer&apos;s inputs behind the already compressed layers; or first fits the whole weight to the outputs of the original model, which compensates for part of the errors of earlier layers.</source>
        <translation>Der zweite Faktor wird neu auf das gelöst, was die Schicht hinter den zuvor komprimierten Schichten erreicht; oder das ganze Gewicht wird zuerst an das angepasst, was das Originalmodell dort berechnet, sodass Fehler früherer Schichten teils ausgeglichen werden.</translation>
    </message>
    <message>
        <source>The target shape: in numbers, that of another model, or one that is proposed for a budget.</source>
        <translation>Die Form, die bleibt: in Zahlen, die eines anderen Modells oder eine, die für ein Budget vorgeschlagen wird.</translation>
    </message>
    <message>
        <source>The share of a token&apos;s range that is used; values beyond it are clipped. Where ranges are learned, this is the initial value.</source>
        <translation>Der genutzte Anteil des Bereichs eines Tokens; was darüber liegt, wird abgeschnitten. Wo Rotationen gelernt werden, ist das nur der Anfang.</translation>
    </message>
    <message>
        <source>The share of the range that is used.</source>
        <translation>Der genutzte Anteil des Bereichs.</translation>
    </message>
    <message>
        <source>The teacher generates them now, or they already exist: a text, or prompts with the answers of a teacher that runs elsewhere.</source>
        <translation>Der Lehrer schreibt sie jetzt, oder sie sind schon da: ein Text oder Prompts mit den Antworten eines Lehrers, der anderswo läuft.</translation>
    </message>
    <message>
        <source>Also trains the token embedding and the head; without them, less memory is needed.</source>
        <translation>Auch Token-Embedding und Head; ohne sie wird weniger Speicher gebraucht.</translation>
    </message>
    <message>
        <source>The type of the head; of the embedding too where they are one tensor.</source>
        <translation>Der Typ des Heads; auch des Embeddings, wo beide ein Tensor sind.</translation>
    </message>
    <message>
        <source>The type of the token embedding.</source>
        <translation>Der Typ des Token-Embeddings.</translation>
    </message>
    <message>
        <source>The update is multiplied by alpha / rank (rank-stabilized: alpha / √rank). A larger rank with the same alpha makes smaller steps.</source>
        <translation>Das Update wird mit Alpha / Rang multipliziert (rangstabilisiert: Alpha / √Rang). Ein größerer Rang mit demselben Alpha macht kleinere Schritte.</translation>
    </message>
    <message>
        <source>Learns the clipping ratio wherever activations are rounded.</source>
        <translation>Der genutzte Anteil des Bereichs wird für jede Stelle gelernt, an der Aktivierungen gerundet werden.</translation>
    </message>
    <message>
        <source>Also trains the weights of the model&apos;s norms. Embeddings and head are never trained.</source>
        <translation>Auch die Gewichte der Normen lernen. Embeddings und Head nie.</translation>
    </message>
    <message>
        <source>Also stores the weights of this step with the result, so that a lottery ticket can rewind to them; 0: only the initial weights.</source>
        <translation>Die Gewichte dieses Schritts bleiben ebenfalls neben dem Ergebnis, damit ein Lottery Ticket auf sie zurückspulen kann; 0: nur die vom Anfang.</translation>
    </message>
    <message>
        <source>The whole model at once, from the teacher&apos;s predictions and hidden states, as in the paper; or layer by layer, each from the teacher&apos;s layer: for models that don&apos;t fit into memory three times.</source>
        <translation>Das ganze Modell auf einmal, aus Vorhersagen und Hidden States des Lehrers, wie in der Veröffentlichung; oder eine Schicht nach der anderen, jede aus der Schicht des Lehrers: für Modelle, die nicht dreifach in den Speicher passen.</translation>
    </message>
    <message>
        <source>The highest step size of ranges and scales. Rotations use the learning rate.</source>
        <translation>Ihre höchste Schrittweite im Optimizer; Rotationen folgen der Lernrate.</translation>
    </message>
    <message>
        <source>The logarithm of the scales, so that a step changes every scale by the same share, or the scales themselves.</source>
        <translation>Ihr Logarithmus, sodass ein Schritt derselbe Anteil jeder Skala ist, oder unverändert.</translation>
    </message>
    <message>
        <source>Their numbers in rising order, beginning with 0; empty: spread evenly.</source>
        <translation>Ihre Nummern in steigender Folge, ab 0; leer: gleichmäßig verteilt.</translation>
    </message>
    <message>
        <source>Measures time and memory of the attention on this machine, from 512 tokens up to this number, next to exact attention, and plots them. 65536 tokens take about two minutes on two cores; 0: off.</source>
        <translation>Zeit und Speicher der Attention werden auf diesem Rechner von 512 bis so vielen Token gemessen, neben exakter Attention, und gezeichnet. 65536 Token dauern auf zwei Kernen etwa zwei Minuten; 0: gar nicht.</translation>
    </message>
    <message>
        <source>Time of the block without measuring: it loads layers, compresses them and stores the result.</source>
        <translation>Zeit des Blocks ohne Messen: Er lädt Schichten, komprimiert sie und speichert das Ergebnis.</translation>
    </message>
    <message>
        <source>Added to the diagonal of GPTQ&apos;s Hessian, as a multiple of its mean. It is raised automatically where it is not enough.</source>
        <translation>Vielfaches des Mittelwerts der Diagonale von GPTQs Hessematrix, das zu ihr addiert wird. Wird von selbst erhöht, wo es nicht reicht.</translation>
    </message>
    <message>
        <source>Number of tokens at the start of a piece of text that the teacher continues. Records have their own prompts.</source>
        <translation>Token eines Textstücks, von dem aus der Lehrer weiterschreibt. Datensätze mit Prompts bringen ihre eigenen mit.</translation>
    </message>
    <message>
        <source>Number of tokens at the start of a sample that the student continues. Records with a prompt use their prompt.</source>
        <translation>Token eines Beispiels, von denen aus der Schüler weiterschreibt; bei Datensätzen mit Prompt dieser.</translation>
    </message>
    <message>
        <source>Tokens of a sample.</source>
        <translation>Token eines Beispiels.</translation>
    </message>
    <message>
        <source>Tokens per second of reading and of writing, measured.</source>
        <translation>Gelesene und geschriebene Token je Sekunde, gemessen.</translation>
    </message>
    <message>
        <source>Tokens per window; windows do not overlap.</source>
        <translation>Token je Fenster; Fenster überlappen nicht.</translation>
    </message>
    <message>
        <source>Number of tokens that the projections cover; longer texts are refused. 0: as many as the model has positions.</source>
        <translation>Token, über die die Projektionen reichen; längere Texte werden abgelehnt. 0: so viele, wie das Modell Positionen hat.</translation>
    </message>
    <message>
        <source>Context length whose key/value cache must fit too: the size then covers the file and this cache in 16 bits, as llama.cpp allocates it. 0: the file alone.</source>
        <translation>Token, deren Keys und Values auch hineinpassen sollen: die Größe ist dann der Speicher der Datei und dieses Caches in 16 Bit, wie llama.cpp ihn reserviert. 0: die Datei allein.</translation>
    </message>
    <message>
        <source>Number of trainings, each followed by pruning the smallest weights. 1 is one-shot pruning; more rounds find smaller networks, and each costs a whole training.</source>
        <translation>Trainings, nach denen jeweils die kleinsten Gewichte wegfallen. 1 ist One-Shot-Pruning; mehr Runden finden kleinere Netze, jede kostet ein ganzes Training.</translation>
    </message>
    <message>
        <source>Uniform: all layers keep the same number, because config.json has one number for all of them; the result is a stock model. Global: the experts with the smallest share of their layer&apos;s worth go, wherever they are; only the studio&apos;s own container holds such a model.</source>
        <translation>Gleich: Alle Schichten behalten dieselbe Zahl, weil config.json eine Zahl für alle hat; das Ergebnis ist ein gewöhnliches Modell. Global: Die Experten mit dem kleinsten Anteil am Wert ihrer Schicht fallen weg, wo immer sie sind; nur der eigene Container des Programms fasst ein solches Modell.</translation>
    </message>
    <message>
        <source>Unstructured keeps the best weights wherever they are. 2:4 keeps two of every four neighbors, which the tensor cores of newer GPUs compute twice as fast.</source>
        <translation>Unstrukturiert behält die besten Gewichte, wo immer sie sind. 2:4 behält zwei von je vier Nachbarn, womit Tensor-Kerne neuerer GPUs doppelt so schnell rechnen.</translation>
    </message>
    <message>
        <source>Weight of the KL divergence between the attention maps; 0: not used. Takes length × length values of memory per head.</source>
        <translation>Gewicht der KL-Divergenz zwischen den Attention-Maps; 0: Sie bleiben außer Acht. Braucht für jeden Kopf Speicher, Länge mal Länge.</translation>
    </message>
    <message>
        <source>Weight of the divergence from the teacher&apos;s predictions, in nats per token. The authors&apos; code amounts to 20.</source>
        <translation>Gewicht der Divergenz von den Vorhersagen des Lehrers, in Nats je Token. Der Code der Autoren läuft auf 20 hinaus.</translation>
    </message>
    <message>
        <source>Weight of the divergence of the next-token distributions, for models that predict tokens.</source>
        <translation>Gewicht der Divergenz der Next-Token-Verteilungen, für Modelle, die Token vorhersagen.</translation>
    </message>
    <message>
        <source>Weight of the plain next-token loss on the text, for models that predict tokens.</source>
        <translation>Gewicht des einfachen Next-Token-Loss auf dem Text, für Modelle, die Token vorhersagen.</translation>
    </message>
    <message>
        <source>Weight of the quadratic term in the first step. Larger values leave fewer errors out as outliers.</source>
        <translation>Gewicht des quadratischen Terms im ersten Schritt. Größere Werte lassen weniger Fehler als Ausreißer außen vor.</translation>
    </message>
    <message>
        <source>Weight of the squared distance between normalized hidden states, summed over the layers.</source>
        <translation>Gewicht des quadrierten Abstands zwischen normalisierten Hidden States, über die Schichten summiert.</translation>
    </message>
    <message>
        <source>Trains the weights together with the masks. Training masks alone needs far less memory.</source>
        <translation>Auch Gewichte lernen, nicht nur Masken, für die viel weniger Speicher nötig ist.</translation>
    </message>
    <message>
        <source>Weights of a row of integers that share a scale. Layers whose inputs it does not divide stay as they are.</source>
        <translation>Gewichte einer Zeile von Integern, die sich eine Skala teilen. Schichten, deren Eingänge es nicht teilt, bleiben unverändert.</translation>
    </message>
    <message>
        <source>Weights of one row that share a scale and a minimum. It has to divide the inputs of every layer.</source>
        <translation>Gewichte einer Zeile, die sich eine Skala und ein Minimum teilen. Muss die Eingänge jeder Schicht teilen.</translation>
    </message>
    <message>
        <source>Weights of one row that share a scale. It must divide the inputs of every layer. Most runtimes are fastest with 128.</source>
        <translation>Gewichte einer Zeile, die sich eine Skala teilen. Muss die Eingänge jeder Schicht teilen. 128 mögen die meisten Laufzeiten am liebsten.</translation>
    </message>
    <message>
        <source>Weights of the dense equal.</source>
        <translation>Gewichte des dichten Gegenstücks.</translation>
    </message>
    <message>
        <source>Weights that share a scale, counted through the rows of the matrix.</source>
        <translation>Gewichte, die sich eine Skala teilen, durch die Zeilen der Matrix gezählt.</translation>
    </message>
    <message>
        <source>Importance of a head or a dimension: its magnitude on the text times the weights that read it, which is its contribution; or its magnitude alone, as published.</source>
        <translation>Was ein Kopf oder ein Wert wert ist: seine Größe auf dem Text mal die Gewichte, die ihn lesen, also sein Beitrag; oder nur seine Größe, wie veröffentlicht.</translation>
    </message>
    <message>
        <source>What a weight is written as. Integers are what most runtimes compute with; NF4 follows the normal distribution of weights; NVFP4 and MXFP4 are what the newest accelerators multiply; those of GGUF are what llama.cpp computes with, and leave for it bit for bit.</source>
        <translation>Als was ein Gewicht geschrieben wird. Mit Integern rechnen die meisten Laufzeiten; NF4 folgt der Normalverteilung der Gewichte; NVFP4 und MXFP4 multiplizieren die neuesten Beschleuniger; mit denen von GGUF rechnet llama.cpp, und sie gehen Bit für Bit dorthin.</translation>
    </message>
    <message>
        <source>What an expert is worth. REAP: the mean, over the tokens that reach it, of its router weight times the norm of its output. Activation: the sum of these norms. Frequency: how many tokens reach it. At random: for comparison.</source>
        <translation>Was ein Experte wert ist. REAP: das Mittel, über die Token, die ihn erreichen, von Routergewicht mal Norm seines Ausgangs. Aktivierung: die Summe dieser Normen. Häufigkeit: wie viele Token ihn erreichen. Zufällig: zum Vergleich.</translation>
    </message>
    <message>
        <source>What blocks are calibrated and trained on, and what is measured on, unless they say otherwise. Bundled: the mixed texts, or those of the sample for the sample model.</source>
        <translation>Worauf Blöcke kalibriert und trainiert werden und worauf gemessen wird, wenn sie nichts anderes sagen. Mitgeliefert: die gemischten Texte oder, beim Beispielmodell, dessen Texte.</translation>
    </message>
    <message>
        <source>What is calibrated and learned on: &apos;pipeline&apos; for the text of the pipeline, a text file or folder of them, a data set on the hub (hub:name or hub:name/config/split), or bundled texts (&apos;mixed&apos; or &apos;sample&apos;).</source>
        <translation>Woran kalibriert und gelernt wird: &apos;pipeline&apos; für den Text der Pipeline, eine Textdatei oder ein Ordner davon, ein Datensatz auf dem Hub (hub:name oder hub:name/config/split) oder mitgelieferte Texte (&apos;mixed&apos; oder &apos;sample&apos;).</translation>
    </message>
    <message>
        <source>Final learning rates, as a share of the highest.</source>
        <translation>Was von den Lernraten am Ende bleibt, als Anteil der höchsten.</translation>
    </message>
    <message>
        <source>What it is for. Goes into reports.</source>
        <translation>Wofür sie gedacht ist. Steht in Berichten.</translation>
    </message>
    <message>
        <source>The name in llama-quantize: the type of most tensors, and which tensors get another. The number gives the bits; S, M and L tell how many tensors get more. Rows whose length is not a multiple of 256 get the type that llama.cpp gives them.</source>
        <translation>Wie llama-quantize es nennt: der Typ der meisten Tensoren und welche Tensoren einen anderen bekommen. Die Zahl ist die der Bits; S, M und L sagen, wie viele Tensoren mehr bekommen. Zeilen, die 256 nicht teilt, bekommen den Typ, den llama.cpp ihnen gibt.</translation>
    </message>
    <message>
        <source>What matrices that are not packed are stored in. &apos;As it is&apos; keeps them to the bit, in float32 where what they were made of needs it; vectors are float32.</source>
        <translation>Worin nicht gepackte Matrizen gespeichert werden. &apos;As it is&apos; behält sie Bit für Bit, in float32, wo ihre Herkunft es braucht; Vektoren sind float32.</translation>
    </message>
    <message>
        <source>Data type of the tensors that the block does not quantize: norms, biases, embeddings, ignored layers, trained weights. &apos;As they came&apos; preserves the blocks of a GGUF file and other packed tensors bit for bit; the other choices unpack them.</source>
        <translation>Worin Tensoren gespeichert werden, für die der Block kein Format hat: Normen, Biases, Embeddings, ausgelassene Schichten, trainierte Gewichte. Wie geliefert behält die Blöcke einer GGUF-Datei und alles, was gepackt kam, Bit für Bit; die anderen entpacken es.</translation>
    </message>
    <message>
        <source>What tensors that are not packed are stored in. &apos;As it is&apos; keeps them to the bit.</source>
        <translation>Worin nicht gepackte Tensoren gespeichert werden. &apos;As it is&apos; behält sie Bit für Bit.</translation>
    </message>
    <message>
        <source>What the model computes in while it is calibrated; statistics and solutions are float32. Automatic: bfloat16 where the processor has units for it.</source>
        <translation>Worin das Modell beim Kalibrieren rechnet; Statistik und Lösungen sind float32. Automatisch: bfloat16, wo der Prozessor Einheiten dafür hat.</translation>
    </message>
    <message>
        <source>What the model is trained on after that: what the original says (its logits, or the hidden states of an encoder without a head), or the text itself (masked tokens for encoders, the next token for decoders).</source>
        <translation>Woran das Modell danach trainiert wird: was das Original sagt (seine Logits oder die Hidden States eines Encoders ohne Head) oder der Text selbst (maskierte Token bei Encodern, das nächste Token bei Decodern).</translation>
    </message>
    <message>
        <source>What the models compute in while they are measured. Automatic: an accelerator in what the source&apos;s weights are stored in, if it has units for that, else float32, as on the CPU.</source>
        <translation>Worin die Modelle beim Messen rechnen. Automatisch: auf einem Beschleuniger das, worin die Gewichte der Quelle gespeichert sind, wenn er Einheiten dafür hat, sonst float32, wie auf der CPU.</translation>
    </message>
    <message>
        <source>Initial multiplier of the squared distance from the target. The paper uses 0, which takes a few thousand steps.</source>
        <translation>Womit der Multiplikator des quadrierten Abstands vom Ziel beginnt; veröffentlicht ist 0, was einige tausend Schritte braucht.</translation>
    </message>
    <message>
        <source>What the new model may take.</source>
        <translation>Was das neue Modell haben darf.</translation>
    </message>
    <message>
        <source>The input of the output projection has one scale per head. Off: one scale for all heads, which other programs support.</source>
        <translation>Was die Output-Projektion liest, hat eine Skala für jeden Kopf. Aus: eine für alle, die andere Programme kennen.</translation>
    </message>
    <message>
        <source>What the recovery changes.</source>
        <translation>Was die Erholung ändert.</translation>
    </message>
    <message>
        <source>What the rounding minimizes: the error of each layer&apos;s output, or the KL divergence of the whole model from the original. For the latter, outputs also compensate for each other&apos;s errors, weighted by gradients from a backward pass through the calibration text. That takes about four times as long, and is for decoders only.</source>
        <translation>Was die Rundung klein hält: den Fehler des Ausgangs jeder Schicht oder die KL-Divergenz des ganzen Modells vom Original. Bei Letzterer gleichen auch Ausgänge ihre Fehler gegenseitig aus, nach den Gradienten eines Rückwärtslaufs durch den Kalibrierungstext. Das dauert etwa viermal so lange und ist für Decoder.</translation>
    </message>
    <message>
        <source>Data type of the scales. They are rounded to it during training too.</source>
        <translation>Worin die Skalen gespeichert werden. Beim Training werden sie unterwegs darauf gerundet.</translation>
    </message>
    <message>
        <source>Data type of the scales. float16 is the most accurate in 16 bits; bfloat16 and float32 have a larger range.</source>
        <translation>Worin die Skalen gespeichert werden. float16 ist in 16 Bit am genauesten; bfloat16 und float32 haben einen größeren Bereich.</translation>
    </message>
    <message>
        <source>What the teacher continues: the beginnings of pieces of a text, or the prompts of a JSON lines file or of a data set on the hub (hub:name). With texts from a file: those texts, or prompts with answers.</source>
        <translation>Wovon der Lehrer ausgeht: Anfänge von Textstücken oder die Prompts einer JSON-Lines-Datei oder eines Datensatzes auf dem Hub (hub:name). Bei Texten aus einer Datei: diese Texte oder Prompts mit Antworten.</translation>
    </message>
    <message>
        <source>What the remaining weights are reset to after each round: their random initial values (those of a Training from scratch block right before this one, or new ones), their values after some steps, the incoming weights, or nothing: only the learning rate restarts.</source>
        <translation>Worauf die bleibenden Gewichte nach jeder Runde gesetzt werden: ihre zufälligen Anfangswerte (die eines Blocks „Training von Grund auf“ direkt davor oder neue), ihre Werte nach einigen Schritten, die eingehenden Gewichte oder gar nicht: Nur die Lernrate beginnt neu.</translation>
    </message>
    <message>
        <source>Whenever the held-out samples are evaluated, domains whose loss is still above their reference get more samples. The reference is the loss of the source model, that loss scaled to the smaller size by a power law, or given; or the shares stay as they are.</source>
        <translation>Bei jeder Auswertung der zurückgehaltenen Beispiele bekommen Domänen, deren Loss noch über ihrer Referenz liegt, mehr Beispiele. Die Referenz ist der Loss des Quellmodells, dieser per Potenzgesetz auf die kleinere Größe skaliert, oder vorgegeben; oder die Anteile bleiben.</translation>
    </message>
    <message>
        <source>Where B is zero, nothing changes at the start.</source>
        <translation>Wo B null ist, ändert sich am Anfang nichts.</translation>
    </message>
    <message>
        <source>Where B is zero, nothing changes at the start. The others start inside the weights, which has to be dense, and learn faster at first.</source>
        <translation>Wo B null ist, ändert sich am Anfang nichts. Die anderen beginnen im Inneren der Gewichte, die dicht sein müssen, und lernen anfangs schneller.</translation>
    </message>
    <message>
        <source>Which dimensions are reduced first. Shallow models are faster, narrow ones often retain more of what was learned.</source>
        <translation>Wo das Budget gespart wird. Flache Modelle sind schneller, schmale behalten oft mehr vom Gelernten.</translation>
    </message>
    <message>
        <source>Initial scales: from the largest weight, or from the range with the smallest error. Weights outside the range hardly learn, so the search matters below 4 bits.</source>
        <translation>Wo die Skalen beginnen: beim größten Gewicht oder beim Bereich mit dem kleinsten Fehler. Gewichte außerhalb lernen kaum, daher zählt die Suche unter 4 Bit.</translation>
    </message>
    <message>
        <source>Which 16 values a weight may have. Those of NF4 are the quantiles of a normal distribution, which weights nearly follow.</source>
        <translation>Welche 16 Werte ein Gewicht haben darf. Die von NF4 sind Quantile einer Normalverteilung, der Gewichte fast folgen.</translation>
    </message>
    <message>
        <source>Which attention layers and heads share projections. Fewer projections make a smaller model, and each is trained better.</source>
        <translation>Welche Attentions dieselben Projektionen lesen. Je weniger es sind, desto kleiner ist das Modell und desto besser sind sie trainiert.</translation>
    </message>
    <message>
        <source>Allows removing whole layers, the least important one first, as long as their bytes are predicted to help more in other layers. The plan with all layers is built too, and the one that is better on held-out text is returned. This also reaches sizes that no format can.</source>
        <translation>Ganze Schichten dürfen wegfallen: Die, deren Fehlen am wenigsten kostet, werden nacheinander entfernt, solange ihre Bytes in anderen Schichten voraussichtlich mehr wert sind. Der Plan mit allen Schichten wird auch gebaut und der bessere auf zurückgehaltenem Text gegeben. So werden auch Größen erreicht, die kein Format erreicht.</translation>
    </message>
    <message>
        <source>Integers, as servers expect; or the smallest weight of each group in the dtype of the scales, as in GGUF&apos;s Q4_1, which fits skewed groups better and takes 12 more bits per group.</source>
        <translation>Ganze Zahlen, wie Server sie erwarten; oder das kleinste Gewicht jeder Gruppe im dtype der Skalen, wie in Q4_1 von GGUF, was besser zu schiefen Gruppen passt und 12 Bits mehr je Gruppe kostet.</translation>
    </message>
    <message>
        <source>What a weight is worth. SparseGPT asks how much of the error the other weights can&apos;t make up for, and lets them do it; Wanda takes the weight times the norm of its input; RIA takes the share that the weight has of its row and of its column times the root of the norm of its input, so that no input or output is lost as a whole; the magnitude alone needs no text, and loses far more.</source>
        <translation>Was ein Gewicht wert ist. SparseGPT fragt, wie viel des Fehlers die anderen Gewichte nicht ausgleichen können, und lässt sie ausgleichen; Wanda nimmt das Gewicht mal die Norm seines Eingangs; RIA nimmt den Anteil des Gewichts an seiner Zeile und seiner Spalte mal die Wurzel der Norm seines Eingangs, sodass kein Ein- oder Ausgang ganz verloren geht; der Betrag allein braucht keinen Text und verliert weit mehr.</translation>
    </message>
    <message>
        <source>Which weights compete for the places. Automatic: Wanda compares those of one output, the others those of the whole layer. SparseGPT can also prune the same share of every block of inputs, as published; with the layer, blocks whose inputs have much energy keep more, and the error is smaller.</source>
        <translation>Welche Gewichte um die Plätze konkurrieren. Automatisch: Wanda vergleicht die eines Ausgangs, die anderen die der ganzen Schicht. SparseGPT kann auch denselben Anteil jedes Blocks von Eingängen prunen, wie veröffentlicht; mit der Schicht behalten Blöcke, deren Eingänge viel Energie haben, mehr, und der Fehler ist kleiner.</translation>
    </message>
    <message>
        <source>With online Hadamard transforms inside attention and MLP, which 4-bit activations need and only this program runs; or merged rotations alone, which leave an ordinary model that can be exported everywhere.</source>
        <translation>Mit Online-Hadamard-Transformationen in Attention und MLP, die 4-Bit-Aktivierungen brauchen und nur dieses Programm ausführt; oder nur eingerechnete Rotationen, die ein gewöhnliches Modell hinterlassen, das überall exportiert werden kann.</translation>
    </message>
    <message>
        <source>exp of the mean negative log-likelihood per token.</source>
        <translation>exp der mittleren negativen Log-Likelihood je Token.</translation>
    </message>
    <message>
        <source>imatrix.gguf, or the older imatrix.dat.</source>
        <translation>imatrix.gguf oder die ältere imatrix.dat.</translation>
    </message>
    <message>
        <source>α in the paper: at 0 weights keep their range, at 1 activations are flat. 0.5 suits most models; models with larger outliers need 0.75 to 0.9.</source>
        <translation>α der Veröffentlichung: Bei 0 behalten Gewichte ihren Bereich, bei 1 sind Aktivierungen flach. 0.5 passt den meisten Modellen; Modelle mit größeren Ausreißern nehmen 0.75 bis 0.9.</translation>
    </message>
</context>
<context>
    <name>locking</name>
    <message>
        <source>Lock {0} at</source>
        <translation>{0} festlegen auf</translation>
    </message>
    <message>
        <source>{0} nats</source>
        <translation>{0} Nats</translation>
    </message>
    <message>
        <source>Unlock {0}</source>
        <translation>{0} freigeben</translation>
    </message>
    <message>
        <source>Unlock all</source>
        <translation>Alle freigeben</translation>
    </message>
    <message>
        <source>Lock {0} of all layers at</source>
        <translation>{0} aller Schichten festlegen auf</translation>
    </message>
    <message>
        <source>Lock layer {0} at</source>
        <translation>Schicht {0} festlegen auf</translation>
    </message>
</context>
<context>
    <name>preferences</name>
    <message>
        <source>Found</source>
        <translation>Gefunden</translation>
    </message>
    <message>
        <source>None. Only public models can be downloaded. Run “hf auth login” to add a token.</source>
        <translation>Keines. Nur öffentliche Modelle lassen sich herunterladen. „hf auth login“ fügt ein Token hinzu.</translation>
    </message>
</context>
<context>
    <name>runs</name>
    <message>
        <source>“{0}” finished after {1}.</source>
        <translation>„{0}“ wurde nach {1} fertig.</translation>
    </message>
    <message>
        <source>“{0}” was canceled after {1}.</source>
        <translation>„{0}“ wurde nach {1} abgebrochen.</translation>
    </message>
    <message>
        <source>“{0}” failed after {1}.</source>
        <translation>„{0}“ schlug nach {1} fehl.</translation>
    </message>
    <message>
        <source>Deletes the run “{run}” of {date} and all its results that no other run uses: {size}. This can&apos;t be undone.</source>
        <translation>Der Lauf „{run}“ vom {date} wird gelöscht, mit allen Ergebnissen, die kein anderer Lauf hat: {size}. Das lässt sich nicht rückgängig machen.</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Delete this run?</source>
        <translation>Diesen Lauf löschen?</translation>
    </message>
</context>
<context>
    <name>saving</name>
    <message>
        <source>Copy as CSV</source>
        <translation>Als CSV kopieren</translation>
    </message>
    <message>
        <source>Copy as Markdown</source>
        <translation>Als Markdown kopieren</translation>
    </message>
    <message>
        <source>Save as CSV…</source>
        <translation>Als CSV speichern…</translation>
    </message>
    <message>
        <source>Save table</source>
        <translation>Tabelle speichern</translation>
    </message>
    <message>
        <source>The table could not be saved</source>
        <translation>Die Tabelle konnte nicht gespeichert werden</translation>
    </message>
</context>
<context>
    <name>texts</name>
    <message>
        <source>Same as the pipeline: {0}</source>
        <translation>Wie die Pipeline: {0}</translation>
    </message>
    <message>
        <source>Bundled text for the model</source>
        <translation>Mitgelieferter Text zum Modell</translation>
    </message>
    <message>
        <source>Mixed texts</source>
        <translation>Gemischte Texte</translation>
    </message>
    <message>
        <source>Sample texts</source>
        <translation>Beispieltexte</translation>
    </message>
    <message>
        <source>Generated by the model</source>
        <translation>Vom Modell erzeugt</translation>
    </message>
    <message>
        <source>{0} (hub)</source>
        <translation>{0} (Hub)</translation>
    </message>
</context>
</TS>
