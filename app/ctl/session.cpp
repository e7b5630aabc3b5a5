// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/session.h"

#include "app/ctl/table.h"
#include "core/engine/detect.h"
#include "core/environment/catalog.h"

using namespace Qt::StringLiterals;

namespace kernelyard::ctl {

int Session::fail(const Error &error)
{
    console.flush();
    console.error(error);
    return exitStatus(error.kind);
}

Result<Environment> Session::environment(const QString &name)
{
    const Catalog catalog = readCatalog(paths);
    const Error *failure = catalog.failureOf(name);
    if (const Environment *found = catalog.find(name)) {
        // The user's own would have taken the place of this one.
        if (failure)
            console.message(u"%1 is read from %2, as %3"_s.arg(name, found->file, harmless(failure->message)));
        return *found;
    }
    if (failure)
        return Failure(Error{
            failure->kind, u"The environment “%1” can't be used. %2"_s.arg(name, failure->message),
            failure->detail,
            failure->remedy.isEmpty() ? u"Correct the file there, then try again."_s : failure->remedy});
    for (const Error &error : catalog.errors)
        console.error(error);
    QStringList names;
    for (const Environment &environment : catalog.environments)
        names << environment.name;
    return Failure(Error{ErrorKind::NotFound,
                         QString(u"There is no environment “"_s + name + u"”."_s + suggestion(name, names)),
                         {},
                         names.isEmpty()
                             ? u"Install Kernelyard again: no environment was found in %1."_s.arg(paths.shipped)
                             : QString(u"Name one of: "_s + names.join(u", "_s))});
}

Result<Engine> Session::engine(const QString &id)
{
    return findEngine(id.isEmpty() ? settings.engine : id);
}

CLI::App *CommandLine::command(CLI::App &parent, const char *name, const char *about, const char *more)
{
    CLI::App *added = parent.add_subcommand(name, about);
    added->footer(more);
    return added;
}

CLI::Option *addText(CLI::App *command, const char *name, std::string &value, const char *about)
{
    return command->add_option(name, value, about)->type_name("");
}

} // namespace kernelyard::ctl
