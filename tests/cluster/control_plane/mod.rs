//! A real Kubernetes control plane for tests: etcd, kube-apiserver, kube-controller-manager, and kubectl to talk to it.

mod access;
mod audit;
mod build;
mod certs;
mod locate;
mod process;
mod start;

pub(crate) use locate::Assets;
pub(crate) use process::Process;
pub(crate) use start::ControlPlane;
