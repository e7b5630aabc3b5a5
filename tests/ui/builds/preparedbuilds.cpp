// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/builds/preparedbuilds.h"

#include <QThreadPool>

namespace kernelyard {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// Writes a build down in the order of time.
class Author
{
public:
    explicit Author(PreparedBuilds::Build &build)
        : m_build(build)
    {}

    int step(int task, const QString &name, StepStatus status, BuildTime takes = 0s)
    {
        Step made;
        made.task = task;
        made.key = QString::number(m_build.update.steps.size());
        made.name = name;
        made.status = status;
        if (status != StepStatus::Waiting && status != StepStatus::Cached && status != StepStatus::NotRun) {
            made.started = m_now;
            if (status != StepStatus::Running)
                made.ended = m_now + takes;
        }
        m_now += takes;
        m_build.update.steps.append(made);
        m_build.update.elapsed = m_now;
        return int(m_build.update.steps.size()) - 1;
    }

    void line(int step, const QByteArray &text, BuildTime at, bool isNote = false)
    {
        m_build.update.newLines.append({step, at, false, isNote, text});
        if (step >= 0)
            ++m_build.update.steps[step].lines;
    }

    BuildTime now() const { return m_now; }

private:
    PreparedBuilds::Build &m_build;
    BuildTime m_now = 0s;
};

PreparedBuilds::Build begin(int number, BuildStatus status)
{
    PreparedBuilds::Build build;
    build.summary = PreparedBuilds::summary(number, status);
    build.plan = PreparedBuilds::plan();
    build.update.status = status;
    build.update.clock.start = build.summary.started;
    return build;
}

void addPreparation(Author &author)
{
    const int base = author.step(0, u"Base image debian:12-slim"_s, StepStatus::Done, 26s);
    author.line(base, "I: Retrieving InRelease", 1s);
    author.line(base, "I: Checking Release signature", 2s);
    author.line(base, "I: Base system installed successfully.", 25s);
    author.step(1, u"FROM localhost/kernelyard/base:debian-12"_s, StepStatus::Cached);
    const int apt = author.step(1, u"RUN apt-get install --yes python3-pip"_s, StepStatus::Done, 31s);
    for (int i = 0; i < 34; ++i)
        author.line(apt, "Unpacking python3-wheel (0.38.4-" + QByteArray::number(i) + ") ...", 26s + i * 900ms);
    const int download =
        author.step(1, u"RUN pip download --dest /tmp/wheels numpy setuptools wheel"_s, StepStatus::Done, 12s);
    author.line(download,
                "Downloading numpy-1.26.4 (18.3 MB)\r   1.0/18.3 MB\r   9.7/18.3 MB\r\x1b[K   "
                "\x1b[32m━━━━━━━━━━\x1b[0m 18.3/18.3 MB",
                60s);
    author.line(download, "\x1b[33mWARNING: Running pip as the 'root' user can result in broken permissions\x1b[0m",
                61s);
    author.step(2, u"FROM localhost/kernelyard/starter-wheels:latest"_s, StepStatus::Cached);
    author.step(2, u"ENV FORCE_CUDA=1"_s, StepStatus::Cached);
}

QByteArray compileLine(int unit, int of)
{
    return "[" + QByteArray::number(unit) + "/" + QByteArray::number(of) +
           "] c++ -O3 -std=c++20 -march=x86-64-v3 -fopenmp -DHEAD_DIM=" + QByteArray::number(32 + unit % 8 * 32) +
           " -I/opt/starter-src/include -c /opt/starter-src/src/attention_fwd_hdim" +
           QByteArray::number(32 + unit % 8 * 32) + "_bf16.cpp -o build/attention_fwd_hdim" +
           QByteArray::number(32 + unit % 8 * 32) + "_bf16.o";
}

void addCompile(Author &author, int step, int units, BuildTime from)
{
    for (int unit = 1; unit <= units; ++unit) {
        const BuildTime at = from + unit * 710ms;
        author.line(step, compileLine(unit, 73), at);
        if (unit % 9 == 4) {
            author.line(
                step,
                "/opt/starter-src/src/attention_fwd.cpp:118:27: warning: unused variable 'kIter' [-Wunused-variable]",
                at + 100ms);
            author.line(step, "  118 |     const int kIter = blocks / stages;", at + 100ms);
            author.line(step, "      |               ^~~~~", at + 100ms);
        }
    }
}

/// Once a second, with its peak at \a peakAt; the compile from 70 s on takes the most.
void addSamples(PreparedBuilds::Build &build, qint64 peak, BuildTime peakAt, qint64 limit)
{
    build.update.peakMemoryBytes = peak;
    build.update.sampledFrom = {SampledFrom::What::Containers, CgroupMode::V2, limit};
    for (BuildTime at = 0s; at <= build.update.elapsed; at += 1s) {
        const qint64 wave = qint64(50 + at / 1s * 7919 % 35); // percent
        const qint64 used = at > 70s && at < 142s ? peak * wave / 100 : std::min<qint64>(peak / 12, 300'000'000);
        build.update.newSamples.append({at, at == peakAt ? peak : used, at * 2});
    }
}

} // namespace

Plan PreparedBuilds::plan()
{
    Plan made;
    made.environment = u"starter"_s;
    made.purpose = u"setup"_s;
    made.engine.kind = EngineKind::Podman;
    made.engine.program = u"/usr/bin/podman"_s;
    made.engine.clientVersion = made.engine.serverVersion = u"4.3.1"_s;
    const auto task = [&](const QString &name, TaskKind kind, const QString &title, const QStringList &arguments) {
        Task t;
        t.name = name;
        t.kind = kind;
        t.title = title;
        t.command.program = kind == TaskKind::Layer ? u"/usr/bin/podman"_s : u"/usr/bin/kernelyardctl"_s;
        t.command.arguments = arguments;
        made.tasks.append(t);
    };
    task(u"base"_s, TaskKind::Base, u"Base image debian:12-slim"_s, {u"base"_s, u"make"_s, u"debian:12-slim"_s});
    task(u"wheels"_s, TaskKind::Layer, u"Layer wheels"_s,
         {u"build"_s, u"--tag"_s, u"kernelyard/starter-wheels"_s, u"."_s});
    task(u"builder"_s, TaskKind::Layer, u"Layer builder"_s,
         {u"build"_s, u"--tag"_s, u"kernelyard/starter-builder"_s, u"."_s});
    task(u"dev"_s, TaskKind::Layer, u"Layer dev"_s, {u"build"_s, u"--tag"_s, u"kernelyard/starter-dev"_s, u"."_s});
    task(u"fork"_s, TaskKind::Fork, u"Fork of the attention kernel"_s, {u"fork"_s, u"clone"_s});
    task(u"validate"_s, TaskKind::Validation, u"Validation against float64"_s,
         {u"run"_s, u"--rm"_s, u"kernelyard/starter-dev"_s});
    return made;
}

BuildSummary PreparedBuilds::summary(int number, BuildStatus status)
{
    BuildSummary made;
    made.id = BuildId(number);
    made.environment = u"starter"_s;
    made.purpose = u"setup"_s;
    made.engine = u"Podman 4.3.1"_s;
    made.status = status;
    made.started = QDateTime::currentDateTime().addSecs(-3600 * (413 - number) - 190);
    made.elapsed = 190s;
    made.stepsCached = 4;
    made.stepsRun = 9;
    return made;
}

PreparedBuilds::Build PreparedBuilds::running(int number)
{
    Build build = begin(number, BuildStatus::Running);
    Author author(build);
    addPreparation(author);
    const int clone = author.step(2, u"COPY --from=wheels /tmp/wheels /tmp/wheels"_s, StepStatus::Done, 6s);
    author.line(clone, "copied 31 files", 75s);
    const int install = author.step(2, u"RUN pip install --no-index --find-links /tmp/wheels numpy setuptools wheel"_s,
                                    StepStatus::Done, 44s);
    author.line(install, "Successfully installed numpy-1.26.4", 115s);
    const int compile = author.step(2, u"RUN pip wheel --no-build-isolation --no-deps ."_s, StepStatus::Running, 71s);
    build.update.steps[compile].work = {
        StepWork::Kind::Units, 51, 73, u"attention_fwd_hdim128_bf16.cpp"_s, {}, u"c++"_s};
    addCompile(author, compile, 51, 119s);
    author.step(2, u"RUN cp /opt/starter-wheels/*.whl /opt/wheels/"_s, StepStatus::Waiting);
    author.step(2, u"RUN python3 -c 'import kernelyard_attention'"_s, StepStatus::Waiting);
    build.update.peakMemoryBytes = 3'400'000'000;
    build.update.sampledFrom = {SampledFrom::What::Containers, CgroupMode::V2, 4LL << 30};
    for (BuildTime at = 0s; at <= build.update.elapsed; at += 1s) {
        const qint64 compiling = at > 119s ? 1'900'000'000 + (at / 1s * 7919 % 15) * 100'000'000 : 200'000'000;
        build.update.newSamples.append({at, at == 150s ? 3'400'000'000 : compiling, at * 2});
    }
    build.summary.elapsed = build.update.elapsed;
    return build;
}

PreparedBuilds::Build PreparedBuilds::done(int number)
{
    Build build = begin(number, BuildStatus::Done);
    Author author(build);
    addPreparation(author);
    const int compile = author.step(2, u"RUN pip wheel --no-build-isolation --no-deps ."_s, StepStatus::Done, 71s);
    addCompile(author, compile, 73, 69s);
    const int link = author.step(3, u"RUN pip install --no-index --editable /workspace/fork"_s, StepStatus::Done, 9s);
    author.line(link, "Successfully installed kernelyard-attention-0.1.0", 147s);
    const int fork = author.step(4, u"Fork of the attention kernel"_s, StepStatus::Done, 1s);
    author.line(fork, "checked out main at 3f2a91c", 150s);
    const int validate = author.step(5, u"Validation against float64"_s, StepStatus::Done, 8s);
    for (int i = 1; i <= 64; ++i)
        author.line(validate, "case " + QByteArray::number(i) + " of 64: \x1b[32mpass\x1b[0m, relative L2 4.1e-4",
                    151s + i * 120ms);
    addSamples(build, 3'400'000'000, 101s, 0);
    return build;
}

/// What a follower finds in the build's lines, by the rules that ship.
void PreparedBuilds::diagnose(Build &build)
{
    static const Result<Rulebook> book = Rulebook::read(QStringLiteral(KERNELYARD_SOURCE_DIR "/resources/diagnosis"));
    Diagnosis diagnosis(*book);
    qint64 number = 0;
    for (const LogLine &line : std::as_const(build.update.newLines)) {
        ++number;
        if (line.step >= 0 && build.update.steps.at(line.step).status == StepStatus::Failed)
            diagnosis.addLine(line.text, number);
    }
    BuildFindings &found = build.update.findings;
    found = {};
    found.causes = diagnosis.causes(1);
    const QList<FailureLine> failures = diagnosis.failureLines();
    if (!failures.isEmpty())
        found.firstError = failures.first().line;
    if (found.causes.isEmpty())
        return;
    for (const FailureLine &failure : failures)
        if (failure.line > found.causes.first().line)
            found.followOn << failure;
    if (found.causes.first().label == u"oom-killed"_s) {
        found.measured = u"The build used up to 22.7 GiB of memory with 8 jobs at once."_s;
        found.remedy = Remedy{RemedyAction::FewerJobs, 4, {}, {}, std::nullopt};
    }
}

/// A failure that no rule knows.
PreparedBuilds::Build PreparedBuilds::unknownFailure(int number)
{
    Build build = begin(number, BuildStatus::Failed);
    Author author(build);
    addPreparation(author);
    const int odd = author.step(2, u"RUN ./prepare --all"_s, StepStatus::Failed, 12s);
    for (int i = 1; i <= 30; ++i)
        author.line(odd, "prepared part " + QByteArray::number(i), 70s + i * 100ms);
    author.line(odd, "error: the frobnicator is out of tune", 75s);
    author.line(odd, "giving up", 75s);
    build.update.steps[odd].error = u"exit status 3"_s;
    diagnose(build);
    return build;
}

PreparedBuilds::Build PreparedBuilds::failed(int number)
{
    Build build = begin(number, BuildStatus::Failed);
    Author author(build);
    addPreparation(author);
    const int compile = author.step(2, u"RUN pip wheel --no-build-isolation --no-deps ."_s, StepStatus::Failed, 71s);
    addCompile(author, compile, 51, 69s);
    author.line(compile, "[52/73] \x1b[31mFAILED: \x1b[0mbuild/attention_bwd_hdim256_bf16.o", 138s);
    author.line(compile, compileLine(52, 73).mid(8), 138s);
    author.line(compile, "c++: fatal error: Killed signal terminated program cc1plus", 138s);
    author.line(compile, "compilation terminated.", 138s);
    author.line(compile, "ninja: build stopped: subcommand failed.", 139s);
    author.line(compile, "Traceback (most recent call last):", 139s);
    author.line(compile, "  File \"/usr/lib/python3.11/subprocess.py\", line 571, in run", 139s);
    author.line(compile, "subprocess.CalledProcessError: Command '['ninja', '-v']' returned non-zero exit status 1.",
                139s);
    author.line(compile, "ERROR: Failed building wheel for kernelyard-attention", 140s);
    build.update.steps[compile].error = u"exit status 1"_s;
    author.step(2, u"RUN cp /opt/starter-wheels/*.whl /opt/wheels/"_s, StepStatus::NotRun);
    build.update.failure =
        u"The layer builder, in its step “RUN pip wheel --no-build-isolation --no-deps .”, failed. podman "
        "ended with status 1."_s;
    build.summary.failure = build.update.failure;
    addSamples(build, 24'400'000'000, 138s, 25'769'803'776);
    diagnose(build);
    build.summary.cause = build.update.findings.causes.value(0).summary;
    return build;
}

PreparedBuilds::Build PreparedBuilds::cancelledBuild(int number)
{
    Build build = begin(number, BuildStatus::Cancelled);
    Author author(build);
    addPreparation(author);
    const int compile = author.step(2, u"RUN pip wheel --no-build-isolation --no-deps ."_s, StepStatus::Failed, 30s);
    addCompile(author, compile, 22, 69s);
    author.line(-1, "Cancelling was asked for.", 98s, true);
    build.update.failure = u"Cancelled during the layer builder. Start it again to go on from there."_s;
    return build;
}

PreparedBuilds::Build PreparedBuilds::interrupted(int number)
{
    Build build = begin(number, BuildStatus::Interrupted);
    Author author(build);
    addPreparation(author);
    const int compile = author.step(2, u"RUN pip wheel --no-build-isolation --no-deps ."_s, StepStatus::Failed, 30s);
    addCompile(author, compile, 22, 69s);
    author.line(-1, "The log ends here: the build was cut off.", 99s, true);
    build.update.failure = u"The build was cut off during the layer builder: its runner was killed."_s;
    return build;
}

PreparedBuilds::Build PreparedBuilds::queued(int number)
{
    Build build = begin(number, BuildStatus::Queued);
    build.summary.started = {};
    build.update.clock = {};
    build.summary.elapsed = 0s;
    return build;
}

PreparedBuilds::Build PreparedBuilds::manySteps(int number)
{
    Build build = begin(number, BuildStatus::Running);
    build.update.elapsed = build.summary.elapsed = 1860s;
    for (int i = 0; i < 60; ++i) {
        const int task = i / 20 + 1;
        const int stage = i % 4; // four at once
        Step step;
        step.task = task;
        step.key = u"%1"_s.arg(i);
        step.name = u"[stage-%1 %2/5] RUN make -C part%3 all install"_s.arg(stage).arg(i / 4 % 5 + 1).arg(i);
        if (i % 20 >= 4)
            step.inputs = {u"%1"_s.arg(i - 4)};
        const BuildTime from = (task - 1) * 620s + (i % 20) / 4 * 120s + stage * 9s;
        step.status = i % 20 < 3 ? StepStatus::Cached : i < 58 ? StepStatus::Done : StepStatus::Running;
        if (step.status != StepStatus::Cached)
            step.started = from;
        if (step.status == StepStatus::Done)
            step.ended = from + 60s + stage * 20s + i % 3 * 15s;
        step.lines = step.status == StepStatus::Cached ? 0 : 1;
        build.update.steps.append(step);
        if (step.lines > 0)
            build.update.newLines.append({i, from, false, false, "make: part " + QByteArray::number(i)});
    }
    build.update.steps.last().work = {StepWork::Kind::Units, 1287,     1722, u"flash_bwd_hdim128_bf16_sm90.cu"_s,
                                      {u"sm_90a"_s},         u"nvcc"_s};
    addSamples(build, 39'000'000'000, 1300s, 51'539'607'552);
    return build;
}

PreparedBuilds::Build PreparedBuilds::longNames(int number)
{
    Build build = running(number);
    build.plan.environment = build.summary.environment =
        u"flash-attention-with-a-name-that-does-not-end-py3.12-cu130"_s;
    for (Step &step : build.update.steps)
        step.name +=
            u" && python3 -m pip install --no-index --find-links /tmp/wheels --requirement /tmp/requirements.txt"_s;
    build.update.newLines.append(
        {int(build.update.steps.size()) - 3, 190s, false, false, QByteArray(90000, 'x') + " end"});
    build.update.newLines.append(
        {int(build.update.steps.size()) - 3, 190s, false, false, "漢字 and \xff bytes, e\xcc\x81, 🎉 emoji | bar"});
    return build;
}

QList<EarlierBuild> PreparedBuilds::earlierBuilds(int count)
{
    QList<EarlierBuild> builds;
    for (int i = 0; i < count; ++i) {
        const Build before = running(400 + i);
        EarlierBuild made{before.summary.id, BuildStatus::Done, {}};
        BuildTime shift = 0s;
        for (const Step &step : before.update.steps) {
            const bool isCompile = step.status == StepStatus::Running;
            const bool isLater = step.status == StepStatus::Waiting;
            const BuildTime from = step.started.value_or(before.update.elapsed) + shift;
            const BuildTime took = isCompile ? BuildTime(95s + i * 12s)
                                   : isLater ? BuildTime(9s)
                                             : step.ended.value_or(from) - from;
            made.steps.append({before.plan.tasks[step.task].name, instructionOf(step.name),
                               step.status == StepStatus::Cached, true, from, from + took, isCompile ? 73 : 0});
            if (isCompile)
                shift += took - (before.update.elapsed - *step.started);
            if (isLater)
                shift += took;
        }
        made.steps.append({u"dev"_s, u"RUN pip install --no-index ."_s, false, true, before.update.elapsed + shift,
                           before.update.elapsed + shift + 14s, 0});
        builds.append(made);
    }
    return builds;
}

PreparedBuilds::~PreparedBuilds()
{
    QThreadPool::globalInstance()->waitForDone();
}

void PreparedBuilds::add(const Build &build)
{
    m_builds[build.summary.id.number()] = build;
}

void PreparedBuilds::remove(BuildId id)
{
    m_builds.erase(id.number());
}

void PreparedBuilds::tell(BuildId id)
{
    const Build &b = build(id);
    BuildFeed *feed = m_feeds[id.number()];
    if (feed == nullptr)
        return;
    Q_EMIT feed->planRead(b.plan);
    Q_EMIT feed->updated(b.update);
    if (isEnded(b.update.status))
        Q_EMIT feed->ended(b.update.status);
}

void PreparedBuilds::tellLines(BuildId id, const QList<LogLine> &lines, bool grown)
{
    BuildUpdate update = build(id).update;
    update.newLines = lines;
    update.lastLineGrew = grown;
    if (BuildFeed *feed = m_feeds[id.number()])
        Q_EMIT feed->updated(update);
}

bool PreparedBuilds::isFollowed(BuildId id) const
{
    const auto feed = m_feeds.find(id.number());
    return feed != m_feeds.end() && feed->second != nullptr;
}

BuildSources PreparedBuilds::sources()
{
    BuildSources made;
    made.follow = [this](BuildId id, QObject *parent) {
        auto *feed = new BuildFeed(parent);
        m_feeds[id.number()] = feed;
        return feed;
    };
    made.cancel = [this](BuildId id) -> Result<void> {
        cancelled.append(id);
        if (refusal)
            return Failure(*refusal);
        return {};
    };
    made.launch = [this](const Plan &plan) -> Result<BuildId> {
        launched.append(plan);
        if (refusal)
            return Failure(*refusal);
        return BuildId(m_builds.empty() ? 1 : m_builds.rbegin()->first + 1);
    };
    made.run = [this](const Command &command) -> Result<Completed> {
        commands.append(command);
        if (refusal)
            return Failure(*refusal);
        return Completed{exitCode, "done\n", {}};
    };
    made.gpuArchs = [this] { return gpuArchs; };
    const auto answer = [this](const QString &words) -> Result<void> {
        asked.append(words);
        if (refusal)
            return Failure(*refusal);
        return {};
    };
    made.pause = [answer](BuildId id) { return answer(u"pause %1"_s.arg(id.number())); };
    made.resume = [answer](BuildId id) { return answer(u"resume %1"_s.arg(id.number())); };
    made.move = [answer](BuildId id, QueueMove move) {
        return answer(u"move %1 %2"_s.arg(id.number()).arg(int(move)));
    };
    made.queue = [this] { return queue; };
    made.builds = [this] {
        QList<BuildSummary> builds;
        for (auto build = m_builds.rbegin(); build != m_builds.rend(); ++build)
            builds.append(build->second.summary);
        return builds;
    };
    made.earlier = [this](const QString &, BuildId before) {
        const std::scoped_lock lock(m_asking);
        earlierAsked.append(before);
        return earlier;
    };
    made.why = [this](BuildId, int step) -> Result<CacheAnswer> {
        const std::scoped_lock lock(m_asking);
        whyAsked.append(step);
        if (refusal)
            return Failure(*refusal);
        return CacheAnswer{CacheAnswer::Cause::FilesChanged,
                           step,
                           u"A file that it copies changed since build #0411."_s,
                           {u"src/attention_fwd.cpp changed"_s},
                           BuildId(411)};
    };
    made.compare = [](BuildId one, BuildId) -> Result<BuildComparison> {
        return Failure(Error{ErrorKind::NotFound, u"There is no build %1."_s.arg(one.display()), {}, {}});
    };
    made.trends = [](const QString &) { return QList<StepTrend>(); };
    made.pin = [](const QList<BuildId> &, Pin) -> Result<void> { return {}; };
    made.refresh = [this] { ++refreshes; };
    return made;
}

} // namespace kernelyard
