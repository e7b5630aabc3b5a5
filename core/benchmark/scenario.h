// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <array>
#include <optional>

namespace kernelyard {

/// One benchmarked way to a validated environment.
enum class Scenario {
    Baseline,      ///< A: no image, no cached step, empty compiler caches: everything is compiled, once
    RegistryCache, ///< B: the images removed and pulled from a registry
    LocalCache,    ///< C: the images kept
};
inline constexpr std::array scenarios{Scenario::Baseline, Scenario::RegistryCache, Scenario::LocalCache};

QString letter(Scenario scenario); ///< "A"
QString title(Scenario scenario);  ///< "Baseline"
std::optional<Scenario> scenarioOf(const QString &letter);

/// What time goes to.
enum class Phase { Pull, Clone, Submodules, Install, Compile, Link, Validate };
inline constexpr std::array phases{Phase::Pull,    Phase::Clone, Phase::Submodules, Phase::Install,
                                   Phase::Compile, Phase::Link,  Phase::Validate};

QString word(Phase phase);  ///< "pull", in JSON and CSV
QString title(Phase phase); ///< "Pull"

} // namespace kernelyard
