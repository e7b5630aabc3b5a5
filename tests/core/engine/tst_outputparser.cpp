// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/engine/recording.h"

#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace kernelyard;

namespace {

/// What a reader of events knows of one step in the end.
struct Seen
{
    QString name;
    QStringList inputs;
    bool started = false;
    bool cached = false;
    bool ended = false;
    BuildTime start{0};
    BuildTime end{0};
    QString error;
    QByteArray out;
    QByteArray err;
};

struct Summary
{
    QStringList order;
    QHash<QString, Seen> steps;
    QList<StreamNote> notes;

    const Seen *named(const QString &name) const
    {
        for (const QString &key : order)
            if (steps.constFind(key)->name == name)
                return &*steps.constFind(key);
        return nullptr;
    }
    QByteArray command() const { return steps.value(QString()).out + steps.value(QString()).err; }
    /// One line for each step: its name and how it went.
    QStringList lines() const
    {
        QStringList list;
        for (const QString &key : order) {
            const Seen step = steps.value(key);
            list << step.name.simplified() + u" | "_s +
                        (step.cached             ? u"cached"_s
                         : !step.error.isEmpty() ? u"failed"_s
                         : step.ended            ? u"done"_s
                         : step.started          ? u"open"_s
                                                 : u"waiting"_s);
        }
        return list;
    }
};

Summary summarize(const QList<EngineEvent> &events)
{
    Summary summary;
    for (const EngineEvent &event : events) {
        std::visit(
            [&](const auto &fact) {
                using Fact = std::decay_t<decltype(fact)>;
                if constexpr (std::is_same_v<Fact, StreamNote>) {
                    summary.notes << fact;
                } else {
                    Seen &step = summary.steps[fact.key];
                    if constexpr (std::is_same_v<Fact, StepDeclared>) {
                        if (!summary.order.contains(fact.key))
                            summary.order << fact.key;
                        step.name = fact.name;
                        step.inputs = fact.inputs;
                    } else if constexpr (std::is_same_v<Fact, StepStarted>) {
                        step.started = true;
                        step.start = fact.at;
                    } else if constexpr (std::is_same_v<Fact, StepCached>) {
                        step.cached = true;
                    } else if constexpr (std::is_same_v<Fact, StepOutput>) {
                        (fact.isError ? step.err : step.out) += fact.bytes;
                    } else if constexpr (std::is_same_v<Fact, StepEnded>) {
                        step.ended = true;
                        step.end = fact.at;
                        step.error = fact.error;
                    }
                }
            },
            event);
    }
    return summary;
}

QByteArray numbersTo(int last)
{
    QByteArray text;
    for (int i = 1; i <= last; ++i)
        text += QByteArray::number(i) + '\n';
    return text;
}

const QByteArray lookalikes = "STEP 9/9: RUN nothing\nStep 9/9 : RUN nothing\n--> 0123456789ab\nError: not really\n"
                              "{\"vertexes\":[]}\n";

/// A parse of several texts, each in a chunk of its own on standard output, all at time 0.
QList<EngineEvent> parse(OutputFormat format, const QList<QByteArray> &texts, int exitCode = 0,
                         Stream stream = Stream::Out)
{
    OutputParser parser(format);
    QList<EngineEvent> events;
    for (const QByteArray &text : texts)
        events += parser.feed(stream, text, BuildTime(0));
    return events + parser.finish(exitCode, BuildTime(0));
}

} // namespace

class TestOutputParser : public QObject
{
    Q_OBJECT

private:
    static void recordings(bool small)
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<OutputFormat>("format");
        const QList<std::pair<QString, OutputFormat>> folders{{u"podman-4.3.1"_s, OutputFormat::Podman},
                                                              {u"classic-28.2.2"_s, OutputFormat::Classic},
                                                              {u"buildx-0.13.1"_s, OutputFormat::RawJson},
                                                              {u"buildx-0.29.1"_s, OutputFormat::RawJson}};
        for (const auto &[folder, format] : folders)
            for (const QString &name :
                 {u"success"_s, u"cached"_s, u"failure"_s, u"stages"_s, u"cancelled"_s, u"flood"_s})
                // Splitting is quadratic; the JSON of BuildKit is long, and its bytes one by one are tested below.
                if (!small || (name != u"flood" && (format != OutputFormat::RawJson || name == u"failure")))
                    QTest::addRow("%s %s", qPrintable(folder), qPrintable(name))
                        << QString(folder + u'/' + name + u".rec") << format;
    }

private Q_SLOTS:
    void recordedSteps_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<OutputFormat>("format");
        QTest::addColumn<QStringList>("steps");
        const QStringList linear{u"FROM debian:12-slim"_s,
                                 u"ARG WORDS=\"one two\""_s,
                                 u"ENV GREETING=hello"_s,
                                 u"RUN echo \"$GREETING $WORDS\"; echo to-stderr >&2"_s,
                                 u"RUN printf '10%%\\r50%%\\r100%%\\n'; printf 'caf\\351 \\377\\n'; printf 'no end'"_s,
                                 u"RUN echo \"STEP 9/9: RUN nothing\"; echo \"Step 9/9 : RUN nothing\"; echo \"--> "
                                 u"0123456789ab\"; echo \"Error: not really\"; echo '{\"vertexes\":[]}'"_s,
                                 u"COPY linear.Dockerfile /copied"_s,
                                 u"WORKDIR /srv"_s,
                                 u"CMD [\"cat\", \"/copied\"]"_s};
        QStringList success;
        QStringList cached;
        for (int i = 0; i < linear.size(); ++i) {
            const QString line = u"[%1/9] "_s.arg(i + 1) + linear.at(i) + u" | "_s;
            success << line + u"done"_s;
            cached << line + (i == 0 ? u"done"_s : u"cached"_s);
        }
        QTest::newRow("classic success") << u"classic-28.2.2/success.rec"_s << OutputFormat::Classic << success;
        QTest::newRow("classic cached") << u"classic-28.2.2/cached.rec"_s << OutputFormat::Classic << cached;
        const QString commit = u"COMMIT localhost/kernelyard/record-linear:latest | done"_s;
        QTest::newRow("podman success") << u"podman-4.3.1/success.rec"_s << OutputFormat::Podman
                                        << success + QStringList{commit};
        QTest::newRow("podman cached") << u"podman-4.3.1/cached.rec"_s << OutputFormat::Podman
                                       << cached + QStringList{commit};
        const QStringList failing{u"[1/4] FROM debian:12-slim | done"_s, u"[2/4] RUN echo fine | done"_s,
                                  u"[3/4] RUN echo 'kernel.cu(12): error: identifier \"foo\" is undefined' >&2; exit 3"
                                  u" | failed"_s};
        QTest::newRow("podman failure") << u"podman-4.3.1/failure.rec"_s << OutputFormat::Podman << failing;
        QTest::newRow("classic failure") << u"classic-28.2.2/failure.rec"_s << OutputFormat::Classic << failing;
        QTest::newRow("podman stages")
            << u"podman-4.3.1/stages.rec"_s << OutputFormat::Podman
            << QStringList{u"[1/4 1/2] FROM debian:12-slim AS left | done"_s,
                           u"[1/4 2/2] RUN for i in 1 2 3; do echo left $i; sleep 0.2; done; echo l > /left | done"_s,
                           u"[2/4 1/2] FROM debian:12-slim AS right | done"_s,
                           u"[2/4 2/2] RUN for i in 1 2 3; do echo right $i; sleep 0.2; done; echo r > /right | done"_s,
                           u"[4/4 1/4] FROM debian:12-slim | done"_s,
                           u"[4/4 2/4] COPY --from=left /left /left | done"_s,
                           u"[4/4 3/4] COPY --from=right /right /right | done"_s,
                           u"[4/4 4/4] RUN cat /left /right | done"_s,
                           u"COMMIT localhost/kernelyard/record-stages:latest | done"_s};
        QTest::newRow("podman cancelled") << u"podman-4.3.1/cancelled.rec"_s << OutputFormat::Podman
                                          << QStringList{u"[1/2] FROM debian:12-slim | done"_s,
                                                         u"[2/2] RUN echo begun; sleep 30; echo never | failed"_s};
        QTest::newRow("classic cancelled") << u"classic-28.2.2/cancelled.rec"_s << OutputFormat::Classic
                                           << QStringList{u"[1/2] FROM debian:12-slim | done"_s,
                                                          u"[2/2] RUN echo begun; sleep 30; echo never | failed"_s};
        for (const QString &version : {u"0.13.1"_s, u"0.29.1"_s}) {
            const QString folder = u"buildx-"_s + version;
            QTest::addRow("%s failure", qPrintable(folder))
                << QString(folder + u"/failure.rec") << OutputFormat::RawJson
                << QStringList{u"[internal] load build definition from failing.Dockerfile | done"_s,
                               u"[internal] load .dockerignore | done"_s,
                               u"[internal] load metadata for docker.io/library/debian:12-slim | done"_s,
                               u"[1/4] FROM docker.io/library/debian:12-slim | cached"_s,
                               u"[2/4] RUN echo fine | done"_s,
                               u"[3/4] RUN echo 'kernel.cu(12): error: identifier \"foo\" is undefined' >&2; exit 3 | "
                               u"failed"_s,
                               u"[4/4] RUN echo never | waiting"_s};
            QTest::addRow("%s killed", qPrintable(folder))
                << QString(folder + u"/killed.rec") << OutputFormat::RawJson
                << QStringList{u"[internal] load build definition from slow.Dockerfile | done"_s,
                               u"[internal] load .dockerignore | done"_s,
                               u"[internal] load metadata for docker.io/library/debian:12-slim | done"_s,
                               u"[1/2] FROM docker.io/library/debian:12-slim | cached"_s,
                               u"[2/2] RUN echo begun; sleep 30; echo never | failed"_s};
        }
    }

    void recordedSteps()
    {
        QFETCH(QString, file);
        QFETCH(OutputFormat, format);
        QFETCH(QStringList, steps);
        const Recording recording = Recording::read(file);
        QVERIFY(recording.chunks.size() > 1);
        QStringList found = summarize(recording.parse(format)).lines();
        if (format == OutputFormat::RawJson) // its first three come in any order
            std::sort(found.begin(), found.begin() + 3), std::sort(steps.begin(), steps.begin() + 3);
        QCOMPARE(found, steps);
    }

    void recordedOutput_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<OutputFormat>("format");
        QTest::newRow("podman") << u"podman-4.3.1/success.rec"_s << OutputFormat::Podman;
        QTest::newRow("classic") << u"classic-28.2.2/success.rec"_s << OutputFormat::Classic;
        QTest::newRow("buildx 0.13") << u"buildx-0.13.1/success.rec"_s << OutputFormat::RawJson;
        QTest::newRow("buildx 0.29") << u"buildx-0.29.1/success.rec"_s << OutputFormat::RawJson;
    }

    void recordedOutput()
    {
        QFETCH(QString, file);
        QFETCH(OutputFormat, format);
        const Summary summary = summarize(Recording::read(file).parse(format));
        QList<Seen> ran;
        for (const QString &key : summary.order)
            if (summary.steps.value(key).name.contains(u"] RUN "))
                ran << summary.steps.value(key);
        QCOMPARE(ran.size(), 3);
        if (format == OutputFormat::Classic) {
            QCOMPARE(ran.at(0).err, "\x1b[91mto-stderr\n");
            QCOMPARE(ran.at(0).out, "\x1b[0mhello one two\n");
        } else {
            QCOMPARE(ran.at(0).out, "hello one two\n");
            QCOMPARE(ran.at(0).err, "to-stderr\n");
        }
        // The classic builder itself replaces what is not UTF-8.
        const QByteArray raw = format == OutputFormat::Classic ? "caf\xef\xbf\xbd \xef\xbf\xbd\n" : "caf\351 \377\n";
        QCOMPARE(ran.at(1).out, "10%\r50%\r100%\n" + raw + "no end");
        QCOMPARE(ran.at(2).out, lookalikes);
    }

    void failuresKeepTheEnginesWords_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<OutputFormat>("format");
        QTest::addColumn<QString>("error");
        const QString command = u"echo 'kernel.cu(12): error: identifier \"foo\" is undefined' >&2; exit 3"_s;
        QTest::newRow("podman") << u"podman-4.3.1/failure.rec"_s << OutputFormat::Podman
                                << u"building at STEP \"RUN "_s + command +
                                       u"\": while running runtime: exit status 3"_s;
        QTest::newRow("classic") << u"classic-28.2.2/failure.rec"_s << OutputFormat::Classic
                                 << u"The command '/bin/sh -c "_s + command + u"' returned a non-zero code: 3"_s;
        for (const QString &version : {u"0.13.1"_s, u"0.29.1"_s})
            QTest::addRow("buildx %s", qPrintable(version))
                << QString(u"buildx-"_s + version + u"/failure.rec"_s) << OutputFormat::RawJson
                << u"executor failed running [/bin/sh -c "_s + command + u"]: exit code: 3"_s;
    }

    void failuresKeepTheEnginesWords()
    {
        QFETCH(QString, file);
        QFETCH(OutputFormat, format);
        const Summary summary = summarize(Recording::read(file).parse(format));
        const Seen *failed =
            summary.named(u"[3/4] RUN echo 'kernel.cu(12): error: identifier \"foo\" is undefined' >&2; exit 3"_s);
        QVERIFY(failed);
        QTEST(failed->error, "error");
        QVERIFY(failed->err.contains("identifier \"foo\" is undefined"));
    }

    void floods_data() { recordedOutput_data(); }

    void floods()
    {
        QFETCH(QString, file);
        QFETCH(OutputFormat, format);
        const Summary summary = summarize(Recording::read(file.replace(u"success"_s, u"flood"_s)).parse(format));
        const Seen *flood = summary.named(u"[2/3] RUN seq 1 60000"_s);
        QVERIFY(flood);
        const QByteArray all = numbersTo(60'000);
        if (format != OutputFormat::RawJson) {
            QCOMPARE(flood->out.size(), all.size());
            QVERIFY(flood->out == all);
            QVERIFY(summary.notes.isEmpty());
            return;
        }
        QCOMPARE(summary.notes.size(), 1);
        QCOMPARE(summary.notes.first().kind, StreamNote::Kind::Clipped);
        QVERIFY2(summary.notes.first().text.contains(u"seq 1 60000"), qPrintable(summary.notes.first().text));
        QVERIFY(flood->out.size() < all.size());
        const qsizetype mark = flood->out.lastIndexOf("\n[output clipped");
        QVERIFY(mark > 0);
        QVERIFY(all.startsWith(flood->out.first(mark)));
        const Seen *after = summary.named(u"[3/3] RUN echo after the flood"_s);
        QVERIFY(after);
        QCOMPARE(after->out, "after the flood\n");
    }

    void buildKitRunsStagesSideBySide()
    {
        const Summary summary = summarize(Recording::read(u"buildx-0.29.1/stages.rec"_s).parse(OutputFormat::RawJson));
        const Seen *left =
            summary.named(u"[left 2/2] RUN for i in 1 2 3; do echo left $i; sleep 0.2; done; echo l > /left"_s);
        const Seen *right =
            summary.named(u"[right 2/2] RUN for i in 1 2 3; do echo right $i; sleep 0.2; done; echo r > /right"_s);
        QVERIFY(left && right);
        QVERIFY(left->start < right->end && right->start < left->end);
        QCOMPARE(left->out, "left 1\nleft 2\nleft 3\n");
        QCOMPARE(right->out, "right 1\nright 2\nright 3\n");
        QVERIFY(left->end - left->start > std::chrono::milliseconds(600));
        const Seen *copy = summary.named(u"[stage-3 2/4] COPY --from=left /left /left"_s);
        QVERIFY(copy);
        QCOMPARE(copy->inputs.size(), 2);
    }

    void timesNeverPassTheArrival_data() { recordings(false); }

    void timesNeverPassTheArrival()
    {
        QFETCH(QString, file);
        QFETCH(OutputFormat, format);
        const Recording recording = Recording::read(file);
        OutputParser parser(format);
        const auto check = [](const QList<EngineEvent> &events, BuildTime at) {
            for (const EngineEvent &event : events) {
                BuildTime time{0};
                if (const auto *output = std::get_if<StepOutput>(&event))
                    time = output->at;
                else if (const auto *started = std::get_if<StepStarted>(&event))
                    time = started->at;
                else if (const auto *ended = std::get_if<StepEnded>(&event))
                    time = ended->at;
                QVERIFY(time <= at && time >= BuildTime(0));
            }
        };
        for (const Recording::Chunk &chunk : recording.chunks)
            check(parser.feed(chunk.stream, chunk.bytes, chunk.at), chunk.at);
        check(parser.finish(recording.exitCode, recording.ended), recording.ended);
    }

    void everySplitGivesTheSame_data() { recordings(true); }

    void everySplitGivesTheSame()
    {
        QFETCH(QString, file);
        QFETCH(OutputFormat, format);
        const Recording recording = Recording::read(file);
        const QList<EngineEvent> whole = recording.parse(format);
        QVERIFY(!whole.isEmpty());
        for (qsizetype i = 0; i < recording.chunks.size(); ++i) {
            const Recording::Chunk chunk = recording.chunks.at(i);
            for (qsizetype at = 1; at < chunk.bytes.size(); ++at) {
                Recording split = recording;
                split.chunks[i].bytes.truncate(at);
                split.chunks.insert(i + 1, {chunk.stream, chunk.at, chunk.bytes.sliced(at)});
                if (split.parse(format) != whole)
                    QFAIL(qPrintable(u"chunk %1 split at byte %2"_s.arg(i).arg(at)));
            }
        }
    }

    void byteByByteGivesTheSame_data() { recordings(false); }

    void byteByByteGivesTheSame()
    {
        QFETCH(QString, file);
        QFETCH(OutputFormat, format);
        const Recording recording = Recording::read(file);
        Recording bytes = recording;
        bytes.chunks.clear();
        for (const Recording::Chunk &chunk : recording.chunks)
            for (const char byte : chunk.bytes)
                bytes.chunks.append({chunk.stream, chunk.at, QByteArray(1, byte)});
        QVERIFY(bytes.parse(format) == recording.parse(format));
    }

    void aCutAnywhereIsReadWithoutHarm_data() { recordings(true); }

    void aCutAnywhereIsReadWithoutHarm()
    {
        QFETCH(QString, file);
        QFETCH(OutputFormat, format);
        const Recording recording = Recording::read(file);
        for (qsizetype keep = 1; keep < recording.chunks.size(); ++keep) {
            Recording cut = recording;
            cut.chunks.resize(keep);
            cut.chunks.last().bytes.chop(1);
            cut.exitCode = 137;
            for (const QString &line : summarize(cut.parse(format)).lines())
                QVERIFY2(!line.endsWith(u"| open"), qPrintable(line));
        }
    }

    void plainKeepsEveryByte()
    {
        const QByteArray bytes = "a\r\nb\rc\n\n\xff\xfe no end";
        const QList<EngineEvent> events = parse(OutputFormat::Plain, {bytes}, 2);
        QCOMPARE(events.size(), 7);
        QCOMPARE(std::get<StepStarted>(events.first()), (StepStarted{{}, BuildTime(0)}));
        QByteArrayList pieces;
        for (const EngineEvent &event : events)
            if (const auto *output = std::get_if<StepOutput>(&event))
                pieces << output->bytes;
        QCOMPARE(pieces, (QByteArrayList{"a\r\n", "b\r", "c\n", "\n", "\xff\xfe no end"}));
        QCOMPARE(std::get<StepEnded>(events.last()), (StepEnded{{}, BuildTime(0), u"exit status 2"_s}));
    }

    void hugeLinesAreCutAlike()
    {
        QByteArray line(200'000, 'x');
        line[65'535] = '\r';
        line += '\n';
        QByteArrayList pieces;
        const QList<EngineEvent> whole = parse(OutputFormat::Plain, {line});
        for (const EngineEvent &event : whole)
            if (const auto *output = std::get_if<StepOutput>(&event))
                pieces << output->bytes;
        QCOMPARE(pieces.join(), line);
        QVERIFY(std::all_of(pieces.begin(), pieces.end(), [](const QByteArray &p) { return p.size() <= 65'536; }));
        for (const qsizetype at : {1, 65'535, 65'536, 65'537, 131'072, 199'999, 200'000})
            QVERIFY2(parse(OutputFormat::Plain, {line.first(at), line.sliced(at)}) == whole,
                     qPrintable(QString::number(at)));
    }

    void noOutputAtAll_data()
    {
        QTest::addColumn<OutputFormat>("format");
        QTest::newRow("podman") << OutputFormat::Podman;
        QTest::newRow("classic") << OutputFormat::Classic;
        QTest::newRow("rawjson") << OutputFormat::RawJson;
    }

    void noOutputAtAll()
    {
        QFETCH(OutputFormat, format);
        QVERIFY(summarize(parse(format, {}, 125)).order.isEmpty());
    }

    void podmanEndsWithStatusNoughtWhenTerminated()
    {
        const Summary summary = summarize(Recording::read(u"podman-4.3.1/cancelled.rec"_s).parse(OutputFormat::Podman));
        QCOMPARE(Recording::read(u"podman-4.3.1/cancelled.rec"_s).exitCode, 0);
        QCOMPARE(summary.notes.size(), 1);
        QCOMPARE(summary.notes.first().kind, StreamNote::Kind::Unfinished);
    }

    void lookalikesInAStep_data()
    {
        QTest::addColumn<QByteArray>("printed");
        QTest::newRow("a later header") << QByteArray("STEP 4/9: RUN x\n");
        QTest::newRow("the next header, with no step's end before it") << QByteArray("STEP 3/9: RUN x\n");
        QTest::newRow("a step's end") << QByteArray("--> 0123456789ab\n");
        QTest::newRow("a thousand of them") << QByteArray("--> 0123456789ab\n").repeated(1000);
        QTest::newRow("a step's end and a wrong header") << QByteArray("--> 0123456789ab\nSTEP 4/9: RUN x\n");
        QTest::newRow("a commit") << QByteArray("COMMIT localhost/x\n");
        QTest::newRow("a cached mark, late") << QByteArray("one\n--> Using cache 0123456789ab\n");
        QTest::newRow("an error") << QByteArray("Error: building at STEP\n");
        QTest::newRow("stages") << QByteArray(
            "[2/3] STEP 1/2: FROM x\n[9/9] COMMIT\n[1/\n[1/2] \n[99999999999999/1] STEP\n");
        QTest::newRow("nothing but prefixes")
            << QByteArray("STEP\nSTEP 3\nSTEP 3/\nSTEP 3/9\nSTEP /9: x\nSTEP 0/9: x\n-->\n");
    }

    void lookalikesInAStep()
    {
        QFETCH(QByteArray, printed);
        const Summary summary = summarize(parse(
            OutputFormat::Podman,
            {"STEP 1/9: FROM debian\nSTEP 2/9: RUN ./evil\n" + printed + "--> 23005292aea\nSTEP 3/9: RUN next\nend\n"},
            1));
        QCOMPARE(summary.order, (QStringList{u"1/9"_s, u"2/9"_s, u"3/9"_s}));
        QCOMPARE(summary.steps.value(u"2/9"_s).out, printed);
        QCOMPARE(summary.steps.value(u"3/9"_s).out, "end\n");
    }

    void jsonThatIsNoRecord_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("another object") << QByteArray("{\"level\":\"warn\"}\n");
        QTest::newRow("not closed") << QByteArray("{\"vertexes\":[\n");
        QTest::newRow("no json") << QByteArray("{\"\n");
        QTest::newRow("an indented record that stops") << QByteArray("{\n  \"vertexes\": [\nERROR: gone\n");
        QTest::newRow("an indented record at the end") << QByteArray("{\n  \"logs\": [\n");
        QTest::newRow("base64 that is none")
            << QByteArray(R"({"logs":[{"vertex":"v","stream":1,"data":"!!","timestamp":"2026-01-01T00:00:00Z"}])") +
                   '\n';
        QTest::newRow("words") << QByteArray("WARN: buildx: failed to read\n\n");
    }

    void jsonThatIsNoRecord()
    {
        QFETCH(QByteArray, text);
        const Summary summary = summarize(parse(OutputFormat::RawJson, {text}, 1, Stream::Err));
        QCOMPARE(summary.steps.value(QString()).err, text);
    }

    void logRecords_data()
    {
        QTest::addColumn<QByteArray>("record");
        const QByteArray tail = R"(,"stream":2,"data":"aGVsbG8K","timestamp":"2026-11-21T09:00:01.5Z"}]})";
        QTest::newRow("as buildx writes it") << R"({"logs":[{"vertex":"v")" + tail + '\n';
        QTest::newRow("with spaces") << R"({"logs": [{"vertex":"v")" + tail + '\n';
        QTest::newRow("fields in another order")
            << QByteArray(
                   R"({"logs":[{"data":"aGVsbG8K","vertex":"v","stream":2,"timestamp":"2026-11-21T10:00:01.5+01:00"}]})") +
                   '\n';
        QTest::newRow("an escaped key") << R"({"logs":[{"vertex":"\u0076")" + tail + '\n';
    }

    void logRecords()
    {
        QFETCH(QByteArray, record);
        OutputParser parser(OutputFormat::RawJson);
        const QByteArray vertex =
            R"({"vertexes":[{"digest":"v","name":"[1/1] RUN x","started":"2026-11-21T09:00:01Z"}]})";
        parser.feed(Stream::Err, QByteArray(vertex + '\n'), std::chrono::seconds(10));
        const QList<EngineEvent> events = parser.feed(Stream::Err, record, std::chrono::seconds(20));
        QCOMPARE(events.size(), 1);
        QCOMPARE(std::get<StepOutput>(events.first()),
                 (StepOutput{u"v"_s, true, "hello\n", std::chrono::milliseconds(10'500)}));
    }

    /// The daemon's clock is set while it builds: the second step takes its two seconds all the same.
    void aClockThatIsSet_data()
    {
        QTest::addColumn<QByteArray>("second");
        QTest::newRow("not") << QByteArray("2026-11-21T09:00:1");
        QTest::newRow("a day back") << QByteArray("2026-11-20T09:00:1");
        QTest::newRow("a year ahead") << QByteArray("2027-11-21T09:00:1");
        QTest::newRow("to where clocks begin") << QByteArray("1970-01-01T00:00:1");
    }

    void aClockThatIsSet()
    {
        QFETCH(QByteArray, second);
        OutputParser parser(OutputFormat::RawJson);
        const auto at = [](int seconds) { return BuildTime(std::chrono::seconds(seconds)); };
        const auto json = [](QByteArray text) { return QByteArray(text.replace('\'', '"') + '\n'); };
        const auto vertex = [&json](const QByteArray &digest, const QByteArray &facts) {
            return json("{'vertexes':[{'digest':'" + digest + "','name':'[2/2] RUN x'," + facts + "}]}");
        };
        const QByteArray one = "'started':'2026-11-21T09:00:01Z'";
        const QByteArray two = "'started':'" + second + "0Z'";
        const QByteArray log = "{'logs':[{'vertex':'b','stream':1,'data':'aGVsbG8K','timestamp':'" + second + "1Z'}]}";
        QList<EngineEvent> events = parser.feed(Stream::Err, vertex("a", one), at(1));
        events += parser.feed(Stream::Err, vertex("b", two), at(10));
        events += parser.feed(Stream::Err, json(log), at(11));
        events += parser.feed(Stream::Err, vertex("b", two + ",'completed':'" + second + "2Z'"), at(12));
        events += parser.feed(Stream::Err, vertex("a", one + ",'completed':'" + second + "3Z'"), at(13));
        const Summary summary = summarize(events);
        QCOMPARE(summary.steps.value(u"a"_s).start, at(1));
        QCOMPARE(summary.steps.value(u"b"_s).start, at(10));
        QCOMPARE(summary.steps.value(u"b"_s).end, at(12));
        QCOMPARE(summary.steps.value(u"a"_s).end, at(13));
        const bool isThere = std::any_of(events.cbegin(), events.cend(), [&](const EngineEvent &event) {
            const auto *output = std::get_if<StepOutput>(&event);
            return output != nullptr && output->at == at(11);
        });
        QVERIFY(isThere);
    }

    void aBrokenStatusStream()
    {
        const Summary summary = summarize(
            parse(OutputFormat::RawJson,
                  {"{\"vertexes\":[{\"digest\":\"v\",\"name\":\"[1/1] RUN x\",\"started\":\"2026-11-21T09:00:01Z\"}]}\n"
                   "ERROR: failed to receive status: rpc error: code = Canceled desc = context canceled\n"},
                  130, Stream::Err));
        QCOMPARE(summary.notes.size(), 1);
        QCOMPARE(summary.notes.first().kind, StreamNote::Kind::Broken);
        QVERIFY(summary.steps.value(u"v"_s).error.contains(u"failed to receive status"));
        QVERIFY(summary.command().contains("rpc error"));
    }

    void warningsOfBuildKit()
    {
        const QByteArray shortText = QByteArray("FromAsCasing: casing differs").toBase64();
        const Summary summary = summarize(parse(
            OutputFormat::RawJson, {R"({"warnings":[{"vertex":"v","level":1,"short":")" + shortText + R"("}]})" + '\n'},
            0, Stream::Err));
        QCOMPARE(summary.steps.value(u"v"_s).err, "WARNING: FromAsCasing: casing differs\n");
    }
};

QTEST_GUILESS_MAIN(TestOutputParser)
#include "tst_outputparser.moc"
