#pragma once

// Names for clang's thread-safety analysis (clang documentation, "Thread Safety Analysis"); nothing for other
// compilers.
#if defined(__clang__)
#define SLUICE_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define SLUICE_THREAD_ATTRIBUTE(x)
#endif

#define SLUICE_CAPABILITY(name) SLUICE_THREAD_ATTRIBUTE(capability(name))
#define SLUICE_SCOPED_CAPABILITY SLUICE_THREAD_ATTRIBUTE(scoped_lockable)
/// The member may be touched only while the mutex is held.
#define SLUICE_GUARDED_BY(mutex) SLUICE_THREAD_ATTRIBUTE(guarded_by(mutex))
/// What the pointer points to may be touched only while the mutex is held.
#define SLUICE_PT_GUARDED_BY(mutex) SLUICE_THREAD_ATTRIBUTE(pt_guarded_by(mutex))
/// Callers hold the mutex.
#define SLUICE_REQUIRES(...) SLUICE_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
/// Callers do not hold the mutex.
#define SLUICE_EXCLUDES(...) SLUICE_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define SLUICE_ACQUIRE(...) SLUICE_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define SLUICE_TRY_ACQUIRE(...) SLUICE_THREAD_ATTRIBUTE(try_acquire_capability(__VA_ARGS__))
#define SLUICE_RELEASE(...) SLUICE_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
#define SLUICE_ASSERT_HELD(...) SLUICE_THREAD_ATTRIBUTE(assert_capability(__VA_ARGS__))
/// For the few functions whose locking the analysis cannot follow; each use says why.
#define SLUICE_NO_THREAD_SAFETY_ANALYSIS SLUICE_THREAD_ATTRIBUTE(no_thread_safety_analysis)
